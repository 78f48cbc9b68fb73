-- Checks one request and counts it if it is admitted, by the rules of `SlidingWindow` in users-domain.
--
-- KEYS[1]  a list of the admission times, in microseconds since the Unix epoch, oldest first
-- ARGV[1]  the limit: how many requests may count at once
-- ARGV[2]  how long a request counts, in microseconds
-- ARGV[3]  the time, in tests; empty for the server's clock
--
-- Returns whether the request is admitted, how many more are allowed, and the microseconds until the next one is
-- allowed and until the whole limit is available.
local key = KEYS[1]
local limit = tonumber(ARGV[1])
local window = tonumber(ARGV[2])
local clock = tonumber(ARGV[3])
if not clock then
  local time = redis.call('TIME')
  clock = time[1] * 1000000 + time[2]
end

local function at(index)
  return tonumber(redis.call('LINDEX', key, index))
end

local function append(time)
  redis.call('RPUSH', key, string.format('%.0f', time))
end

-- One second more than needed, because the expiry is rounded.
local function keep()
  redis.call('PEXPIRE', key, window / 1000 + 1000)
end

local count = redis.call('LLEN', key)
local newest = nil
local now = clock
if count > 0 then
  newest = at(-1)
  if newest > clock + window then
    -- The clock was set back by more than a window: shift all times and keep their distances.
    local times = redis.call('LRANGE', key, 0, -1)
    redis.call('DEL', key)
    for _, time in ipairs(times) do
      append(time - newest + clock)
    end
    keep()
    newest = clock
  elseif newest > clock then
    now = newest
  end
end

-- Remove ended requests: all of them, or those before the first that still counts, found by doubling steps and then by
-- binary search between the last two.
if count > 0 and newest <= now - window then
  redis.call('DEL', key)
  count = 0
elseif count > 0 and at(0) <= now - window then
  local ended, counts = 0, 1
  while at(counts) <= now - window do
    ended, counts = counts, math.min(counts * 2, count - 1)
  end
  while counts - ended > 1 do
    local middle = math.floor((ended + counts) / 2)
    if at(middle) <= now - window then
      ended = middle
    else
      counts = middle
    end
  end
  redis.call('LTRIM', key, counts, -1)
  count = count - counts
end

local admitted = 0
if count < limit then
  admitted = 1
  append(now)
  keep()
  newest = now
  count = count + 1
end

local next_in = 0
if count >= limit then
  next_in = at(count - limit) + window - clock
end
return { admitted, math.max(limit - count, 0), next_in, newest + window - clock }
