-- wrk: each request asks for another random customer; the summary goes out as one JSON line.
local customers = tonumber(os.getenv("BENCHMARK_CUSTOMERS"))
local headers = { ["Authorization"] = "Bearer " .. os.getenv("BENCHMARK_KEY") }
local pages = os.getenv("BENCHMARK_PAGES") ~= ""
local threads = 0

function setup(thread)
  thread:set("seed", os.time() * 100 + threads)
  threads = threads + 1
end

function init()
  math.randomseed(seed)
end

function request()
  local customer = math.random(0, customers - 1)
  local path = "/v1/recommendations?placement=for_you&limit=12&visitor_id=c" .. customer
  if pages then
    path = path .. "&page_id=" .. math.random(1, 1000000000)
  end
  return wrk.format("GET", path, headers)
end

function done(summary, latency)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.status + summary.errors.timeout
  io.write(string.format(
    '\n{"per_second": %.1f, "p50_ms": %.3f, "p99_ms": %.3f, "failed": %d}\n',
    summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, failed))
end
