-- Renews sessions, five arguments each; returns for each the month's ms, or -1 if it was killed.
local now, month = ARGV[1], ARGV[2]
local answers = {}
for i = 3, #ARGV, 5 do
  local session, kind, expires = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]
  local audio, lease = tonumber(ARGV[i + 3]), ARGV[i + 4]
  if redis.call('SISMEMBER', KEYS[8], session) == 1 then
    answers[#answers + 1] = -1
  elseif redis.call('ZSCORE', KEYS[9], session) then
    -- It ended while its renewal was under way.
    answers[#answers + 1] = tonumber(redis.call('HGET', KEYS[6], month) or 0)
  else
    answers[#answers + 1] = meter(month, session, audio)
    redis.call('HSET', KEYS[5], session, audio)
    redis.call('HDEL', KEYS[4], session)
    redis.call('HSET', KEYS[1], session, lease)
    redis.call('ZADD', KEYS[kind], expires, session)
  end
end
return answers
