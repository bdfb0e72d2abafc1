-- Load for wrk. Arguments: "read" FILE, or "post" FILE MARK.
-- FILE has one request a line: for read "TOKEN PATH", for post "TOKEN BODY", where BODY is a form up to the
-- text, to which MARK and a number are added so that no two posts are alike.

local kind, mark
local tokens, rest = {}, {}
local ready = {}
local sent = 0
acknowledged = {}
refused = 0

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  kind, mark = args[1], args[3]
  for line in io.lines(args[2]) do
    local token, other = line:match("^(%S+) (.+)$")
    tokens[#tokens + 1] = token
    rest[#rest + 1] = other
    if kind == "read" then
      ready[#ready + 1] = wrk.format("GET", other, { ["Authorization"] = "Bearer " .. token })
    end
  end
  if kind == "post" then
    response = function(status, headers, body)
      if status == 200 then
        acknowledged[#acknowledged + 1] = body:match('"id":"(%d+)"')
      else
        refused = refused + 1
      end
    end
  end
end

function request()
  sent = sent + 1
  local place = (sent - 1) % #tokens + 1
  if kind == "read" then
    return ready[place]
  end
  return wrk.format("POST", "/api/v1/statuses", {
    ["Authorization"] = "Bearer " .. tokens[place],
    ["Content-Type"] = "application/x-www-form-urlencoded",
  }, rest[place] .. "+" .. mark .. "n" .. sent)
end

function done(summary, latency)
  local ids, bad = {}, 0
  for _, thread in ipairs(threads) do
    for _, id in ipairs(thread:get("acknowledged")) do
      ids[#ids + 1] = '"' .. id .. '"'
    end
    bad = bad + thread:get("refused")
  end
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"microseconds":%d,"requests":%d,"bytes":%d,"failed":%d,"broken":%d,"p50":%d,"p99":%d,"worst":%d,"ids":[%s]}\n',
    summary.duration, summary.requests, summary.bytes, errors.status + bad,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99), latency.max, table.concat(ids, ",")
  ))
end
