-- KEYS, the same for all scripts on one org's live state:
-- 1 leases (session -> lease), 2 live and 3 file (session by expiry), 4 lapsed (session -> lease),
-- 5 audio (session -> ms at its last checkpoint), 6 meter (month -> ms), 7 rate, 8 killed, 9 ended.
-- Times are whole microseconds, which a double holds exactly until the year 2255.

local function sweep(now)
  for i = 2, 3 do
    for _, session in ipairs(redis.call('ZRANGEBYSCORE', KEYS[i], '-inf', now)) do
      local lease = redis.call('HGET', KEYS[1], session)
      if lease then
        redis.call('HSET', KEYS[4], session, lease)
      end
      redis.call('HDEL', KEYS[1], session)
      redis.call('ZREM', KEYS[i], session)
      redis.call('SREM', KEYS[8], session)
    end
  end
end

-- Adds what is new on a session since its last checkpoint, and returns the month's sum.
local function meter(month, session, audio)
  local more = audio - tonumber(redis.call('HGET', KEYS[5], session) or 0)
  if more > 0 then
    redis.call('EXPIRE', KEYS[6], 62 * 86400)
    return redis.call('HINCRBY', KEYS[6], month, more)
  end
  return tonumber(redis.call('HGET', KEYS[6], month) or 0)
end
