-- wrk: each request posts a batch of new events of one visitor; the summary goes out as one JSON line.
local batch = tonumber(os.getenv("BENCHMARK_BATCH"))
local at = os.getenv("BENCHMARK_AT")
local headers = { ["Authorization"] = "Bearer " .. os.getenv("BENCHMARK_KEY"), ["Content-Type"] = "application/json" }
local threads = 0

function setup(thread)
  thread:set("name", string.format("%d-%d", os.time(), threads))
  thread:set("seed", os.time() * 100 + threads)
  threads = threads + 1
end

function init()
  math.randomseed(seed)
  sent = 0
end

local function event(visitor)
  sent = sent + 1
  return string.format(
    '{"event_id":"%s-%d","type":"impression","visitor_id":"v%d","product_id":"%d","occurred_at":"%s",'
      .. '"recommendation_id":"5b1f0c3e9a2d4c7f8e6b1a0d2c4e6f80","placement":"for_you","rank":%d}',
    name, sent, visitor, 100000 + math.random(0, 19999), at, sent % 12 + 1)
end

function request()
  local visitor = math.random(0, 99999)
  local events = {}
  for place = 1, batch do events[place] = event(visitor) end
  local body = batch == 1 and events[1] or "[" .. table.concat(events, ",") .. "]"
  return wrk.format("POST", "/v1/events", headers, body)
end

function done(summary, latency)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.status + summary.errors.timeout
  io.write(string.format(
    '\n{"per_second": %.1f, "p50_ms": %.3f, "p99_ms": %.3f, "failed": %d}\n',
    summary.requests * batch / (summary.duration / 1e6), latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, failed))
end
