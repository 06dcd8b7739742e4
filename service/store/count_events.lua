-- Counts entries of the stream by day, and acknowledges them: both or neither, so each entry counts once.
-- KEYS: the stream. ARGV: what the keys of counts begin with, the group, how long counts are kept in seconds; then
-- for each entry its id, its day, the field to raise by one or "", the field to raise by an amount or "", the amount.
-- Returns how many of the entries were not acknowledged before.
local PER_ENTRY = 5
local prefix, group, kept_s = unpack(ARGV)
local counts, amounts, days, fresh = {}, {}, {}, 0

local function add(to, day, field, amount)
  if field == '' then return end
  to[day] = to[day] or {}
  to[day][field] = (to[day][field] or 0) + amount
  days[day] = true
end

for first = 4, #ARGV, PER_ENTRY do
  local id, day, field, amount_field, amount = unpack(ARGV, first, first + PER_ENTRY - 1)
  -- Two workers may have read the same entry, where one was taken for dead: the first one counts it.
  if redis.call('XACK', KEYS[1], group, id) == 1 then
    fresh = fresh + 1
    add(counts, day, field, 1)
    add(amounts, day, amount_field, tonumber(amount))
  end
end
for day in pairs(days) do
  local key = prefix .. day
  for field, n in pairs(counts[day] or {}) do redis.call('HINCRBY', key, field, n) end
  for field, amount in pairs(amounts[day] or {}) do
    redis.call('HINCRBYFLOAT', key, field, string.format('%.4f', amount))
  end
  redis.call('EXPIRE', key, kept_s)
end
return fresh
