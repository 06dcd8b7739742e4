-- Events of one visitor: told from duplicates, written to the stream, and their effect on the visitor's state.
-- KEYS: the visitor's state, the stream. ARGV: what all keys of events begin with; the customer's id where the
-- visitor's id is one, else ""; a flag for all events, or ""; entries that the stream may hold; then for each event
-- digest of its id, mark of the attempt, type, product, ms since 1970, quantity or "", the stream entry's body.
-- Returns 1 for each event that was accepted, 0 for each duplicate.
local MAX_AN_HOUR, MAX_VIEWS_OF_A_PRODUCT_A_DAY = 500, 3
local PER_EVENT = 7

local prefix, customer, flag_of_all, stream_length = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local now = tonumber(redis.call('TIME')[1])
local day, hour = math.floor(now / DAY_S), math.floor(now / 3600)
local today, yesterday = prefix .. 'seen:' .. day, prefix .. 'seen:' .. day - 1

local person = KEYS[1]
local state = read_state(person)
if state.u then
  redis.call('EXPIRE', person, KEPT_S)
  customer = state.u
end
if customer ~= '' then
  person = prefix .. 'c:' .. redis.sha1hex(customer)
  state = read_state(person)
end

-- An attempt whose reply was lost is made again with the same marks: its events are no duplicates.
local events_of_yesterday = redis.call('EXISTS', yesterday) == 1
local function already(digest)
  return redis.call('HGET', today, digest) or (events_of_yesterday and redis.call('HGET', yesterday, digest))
end

local function over_the_hour()
  if not state.rate or state.rate[1] ~= hour then state.rate = {hour, 0} end
  state.rate[2] = state.rate[2] + 1
  return state.rate[2] > MAX_AN_HOUR
end

local function viewed_too_often(product)
  if not state.day or state.day[1] ~= day then state.day = {day, {}} end
  local views = state.day[2]
  if not views[product] and size(views) >= MAX_VIEWED_A_DAY then return true end
  views[product] = math.min((views[product] or 0) + 1, MAX_VIEWS_OF_A_PRODUCT_A_DAY + 1)
  return views[product] > MAX_VIEWS_OF_A_PRODUCT_A_DAY
end

-- Why an event counts for nobody but its visitor; nil: it counts.
local function flagged(kind, product)
  local flood = over_the_hour()
  local again = kind == 'view' and viewed_too_often(product)
  if flag_of_all ~= '' then return flag_of_all end
  return flood and 'flood' or again and 'repeat' or nil
end

local function change_cart(kind, product, at, quantity)
  state.cart = state.cart or {}
  local line = state.cart[product]
  if line and line[2] > at then return end
  local held = line and line[1] or 0
  if kind == 'purchase' then
    held = 0
  elseif kind == 'remove_from_cart' then
    held = quantity and math.max(0, held - quantity) or 0
  else
    -- Put in at the very moment of its purchase, it was put in before.
    if line and line[2] == at and held == 0 then
      for _, one in ipairs(state.bought or {}) do
        if one[1] == product and one[2] == at then return end
      end
    end
    held = held + (quantity or 1)
  end
  state.cart[product] = {held, at}
  trim_cart(state.cart)
end

local function apply(kind, product, at, quantity)
  if kind == 'impression' then
    state.shown = state.shown or {}
    count_shown(state.shown, product, 1)
    return
  end
  if kind == 'view' or kind == 'click' then
    state.views = state.views or {}
    note(state.views, product, at, MAX_VIEWS)
  else
    change_cart(kind, product, at, quantity)
  end
  if kind == 'purchase' then
    state.bought = state.bought or {}
    note(state.bought, product, at, MAX_BOUGHT)
  end
  if state.shown and (kind == 'click' or kind == 'add_to_cart' or kind == 'purchase') then
    state.shown[product] = nil
    if not next(state.shown) then state.shown = nil end
  end
end

local function append(body, flag)
  local entry = {'XADD', KEYS[2], 'MAXLEN', '~', stream_length, '*', 'e', body}
  if flag then
    entry[#entry + 1], entry[#entry + 2] = 'f', flag
  end
  if customer ~= '' then
    entry[#entry + 1], entry[#entry + 2] = 'c', customer
  end
  redis.call(unpack(entry))
end

local accepted, changed = {}, false
for first = 5, #ARGV, PER_EVENT do
  local digest, mark, kind, product, at, quantity, body = unpack(ARGV, first, first + PER_EVENT - 1)
  local seen = already(digest)
  if not seen then
    redis.call('HSET', today, digest, mark)
    append(body, flagged(kind, product))
    apply(kind, product, tonumber(at), tonumber(quantity))
    changed = true
  end
  accepted[#accepted + 1] = (not seen or seen == mark) and 1 or 0
end
if changed then
  write_state(person, state)
  redis.call('EXPIRE', today, 3 * DAY_S)
end
return accepted
