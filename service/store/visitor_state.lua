-- A person's state, as service/store/visitor_state.py describes it. Comes before each script that changes one.
local DAY_S = 86400
local KEPT_S = 90 * DAY_S
local MAX_VIEWS, MAX_CART, MAX_BOUGHT, MAX_SHOWN, MAX_VIEWED_A_DAY = 50, 200, 200, 200, 300

local function read_state(key)
  local stored = redis.call('GET', key)
  return stored and cjson.decode(stored) or {}
end

local function write_state(key, state)
  redis.call('SET', key, cjson.encode(state), 'EX', KEPT_S)
end

local function size(members)
  local n = 0
  for _ in pairs(members) do n = n + 1 end
  return n
end

-- Into a list that is newest first and names each product once.
local function note(list, product, at, most)
  for place, one in ipairs(list) do
    if one[1] == product then
      if one[2] > at then return end
      table.remove(list, place)
      break
    end
  end
  local place = #list + 1
  for other, one in ipairs(list) do
    if one[2] <= at then
      place = other
      break
    end
  end
  table.insert(list, place, {product, at})
  list[most + 1] = nil
end

-- Too many lines: the oldest goes, one that was removed before one that is in the cart.
local function trim_cart(cart)
  local lines = size(cart)
  while lines > MAX_CART do
    local oldest
    for product, line in pairs(cart) do
      local best = oldest and cart[oldest]
      local gone, best_gone = line[1] == 0, best and best[1] == 0
      if not best or (gone and not best_gone) or (gone == best_gone and line[2] < best[2]) then
        oldest = product
      end
    end
    cart[oldest] = nil
    lines = lines - 1
  end
end

local function count_shown(shown, product, times)
  if not shown[product] and size(shown) >= MAX_SHOWN then
    local rarest
    for other, count in pairs(shown) do
      if not rarest or count < shown[rarest] then rarest = other end
    end
    shown[rarest] = nil
  end
  shown[product] = (shown[product] or 0) + times
end
