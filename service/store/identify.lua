-- Points a visitor to a customer; what the visitor did becomes the customer's.
-- KEYS: the visitor's state, the customer's, the stream, the set of the customer's visitors. ARGV: what all keys of
-- events begin with, visitor's id, customer's id, entries that the stream may hold, the stream entry's body.
-- Returns 1 if this was news, else 0.
local prefix, visitor, customer, stream_length, body = unpack(ARGV)

local function merge_lists(into, from, most)
  into = into or {}
  for place = #(from or {}), 1, -1 do note(into, from[place][1], from[place][2], most) end
  return next(into) and into
end

local function merge_carts(into, from)
  into = into or {}
  for product, line in pairs(from or {}) do
    local other = into[product]
    if not other or line[2] > other[2] or (line[2] == other[2] and line[1] == 0) then into[product] = line end
  end
  trim_cart(into)
  return next(into) and into
end

local function merge_shown(into, from)
  into = into or {}
  for product, count in pairs(from or {}) do count_shown(into, product, count) end
  return next(into) and into
end

-- Both count within a span of time: [span, count]. Of two spans the later one goes on.
local function merge_rates(into, from)
  if not (into and from) then return into or from end
  if into[1] ~= from[1] then return into[1] > from[1] and into or from end
  return {into[1], into[2] + from[2]}
end

local function merge_days(into, from)
  if not (into and from) then return into or from end
  if into[1] ~= from[1] then return into[1] > from[1] and into or from end
  for product, views in pairs(from[2]) do into[2][product] = math.max(into[2][product] or 0, views) end
  return into
end

local old = read_state(KEYS[1])
redis.call('SADD', KEYS[4], visitor)
redis.call('EXPIRE', KEYS[4], KEPT_S)
write_state(KEYS[1], {u = customer})
if old.u == customer then return 0 end
if old.u then
  redis.call('SREM', prefix .. 'of:' .. redis.sha1hex(old.u), visitor)
elseif next(old) then
  local state = read_state(KEYS[2])
  write_state(KEYS[2], {
    views = merge_lists(state.views, old.views, MAX_VIEWS),
    cart = merge_carts(state.cart, old.cart),
    bought = merge_lists(state.bought, old.bought, MAX_BOUGHT),
    shown = merge_shown(state.shown, old.shown),
    rate = merge_rates(state.rate, old.rate),
    day = merge_days(state.day, old.day),
  })
end
redis.call('XADD', KEYS[3], 'MAXLEN', '~', stream_length, '*', 'e', body, 'c', customer)
return 1
