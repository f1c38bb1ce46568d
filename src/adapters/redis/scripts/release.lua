-- Removes a lease, frees its reservation, and counts the audio not counted yet.
-- ARGV: now, month, session, its audio, its kind (2 live or 3 file); its key and a list of meters if the
-- key has limits.
local now, month, session = ARGV[1], ARGV[2], ARGV[3]
local audio, kind = tonumber(ARGV[4]), tonumber(ARGV[5])
give_back(session)
local before = checkpoint(session)
local was_there = redis.call('HDEL', KEYS[1], session) == 1 or redis.call('HDEL', KEYS[4], session) == 1
local known = was_there and (before or 0) or take_settled(session)
if known and audio > known then
  meter(month, known, audio, nil, meters_in(ARGV[7] or ''))
end
redis.call('ZREM', KEYS[kind], session)
if before then
  redis.call('HDEL', KEYS[5], session)
end
redis.call('SREM', KEYS[8], session)
if ARGV[6] then
  redis.call('ZREM', of_key('open', ARGV[6]), session)
end
-- The session is remembered while a late renewal, or a repeated command, may arrive.
redis.call('ZADD', KEYS[9], now, session)
redis.call('ZREMRANGEBYSCORE', KEYS[9], '-inf', string.format('%.0f', tonumber(now) - 60000000))
redis.call('EXPIRE', KEYS[9], 120)
return 1
