-- Notes what a query of a page shows. KEYS: the page. ARGV: the revision last seen, query, its products as JSON,
-- seconds to live, queries at most. Returns 0 where the page has changed since, and nothing was noted.
if (redis.call('HGET', KEYS[1], '#') or '0') ~= ARGV[1] then return 0 end
local queries = redis.call('HLEN', KEYS[1])
if queries > tonumber(ARGV[5]) and redis.call('HEXISTS', KEYS[1], ARGV[2]) == 0 then return 1 end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
redis.call('HINCRBY', KEYS[1], '#', 1)
if queries == 0 then redis.call('EXPIRE', KEYS[1], ARGV[4]) end
return 1
