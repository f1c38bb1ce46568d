-- Removes a lease, frees its reservation, and counts the audio not counted yet.
-- ARGV: now, month, session, its audio; its key and a list of meters if the key has limits.
local now, month, session, audio = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
give_back(session)
if redis.call('HEXISTS', KEYS[1], session) == 1 or redis.call('HEXISTS', KEYS[4], session) == 1 then
  meter(month, session, audio, nil, meters_in(ARGV[6] or ''))
end
redis.call('HDEL', KEYS[1], session)
redis.call('ZREM', KEYS[2], session)
redis.call('ZREM', KEYS[3], session)
redis.call('HDEL', KEYS[4], session)
redis.call('HDEL', KEYS[5], session)
redis.call('SREM', KEYS[8], session)
if ARGV[5] then
  redis.call('ZREM', of_key('open', ARGV[5]), session)
end
-- The session is remembered while a late renewal, or a repeated command, may arrive.
redis.call('ZADD', KEYS[9], now, session)
redis.call('ZREMRANGEBYSCORE', KEYS[9], '-inf', string.format('%.0f', tonumber(now) - 60000000))
redis.call('EXPIRE', KEYS[9], 120)
return 1
