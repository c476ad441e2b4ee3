-- What wrk sends; it finds what is asked for in the environment.
-- IDS has a customer's id a line, KEYS a key a line: the customers belong to the keys in turn. SHARE of the
-- requests are commands, LISTS of the others read the first page of the list of customers, the rest read a customer. An id stands between BEFORE and, in a command, BEHIND. Each
-- connection rests for PAUSE_MS before a request. What wrk measured is printed as one line of JSON.

local WIDTH = 37 -- of an id and its line's end
local share, before, behind = tonumber(os.getenv("SHARE")), os.getenv("BEFORE"), os.getenv("BEHIND")
local pause = tonumber(os.getenv("PAUSE_MS"))
local lists = tonumber(os.getenv("LISTS"))
local ids, count, keys
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init()
  ids = assert(io.open(os.getenv("IDS"))):read("*a")
  count = math.floor(#ids / WIDTH)
  keys = {}
  for key in io.lines(os.getenv("KEYS")) do keys[#keys + 1] = key end
  math.randomseed(tonumber(os.getenv("SEED")) * 1000 + number)
end

-- wrk asks only if there is such a function.
if pause > 0 then
  function delay() return pause end
end

function request()
  local path = before
  local headers = {}
  if count > 0 then
    local nth = math.random(0, count - 1)
    path = path .. ids:sub(nth * WIDTH + 1, (nth + 1) * WIDTH - 1)
    headers["Authorization"] = "Bearer " .. keys[nth % #keys + 1]
  end
  if math.random() >= share then
    if math.random() < lists then path = before:gsub("/$", "") .. "?limit=50" end
    return wrk.format("GET", path, headers)
  end
  headers["Content-Type"] = "application/json"
  headers["X-Actor"] = "ada@example.com"
  local body = string.format(
    '{"shipping":{"instructions":"%d %d: ring twice, wait for the porter and hand everything over in person"}}',
    math.random(0, 2 ^ 31 - 1), math.random(0, 2 ^ 31 - 1))
  return wrk.format("POST", path .. behind, headers, body)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"seconds":%.6f,"answers":%d,"refused":%d,"broken":%d,"p50_ms":%.3f,"p99_ms":%.3f,"p999_ms":%.3f}\n',
    summary.duration / 1e6, summary.requests, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency:percentile(99.9) / 1e3))
end
