-- Decides about one request and counts it when it is admitted, as `SlidingWindow` of users-domain does.
--
-- KEYS[1]  a list: when requests were admitted, in microseconds since the Unix epoch, oldest first
-- ARGV[1]  how many may count at once
-- ARGV[2]  how long one counts, in microseconds
-- ARGV[3]  the time, in tests; empty for the server's
--
-- Answers whether it is admitted, how many more would be, and in how many microseconds the next one is and the whole
-- limit is free.
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

-- A second more than needed: what the key expires by is rounded.
local function keep()
  redis.call('PEXPIRE', key, window / 1000 + 1000)
end

local count = redis.call('LLEN', key)
local newest = nil
local now = clock
if count > 0 then
  newest = at(-1)
  if newest > clock + window then
    -- Set back by more than a window: believed, and the distances stay.
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

-- What has ended goes: all, or what is before the first that counts, which is looked for in doubling steps and then
-- between the last two of them.
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
