-- Removes lapsed sessions from the live state. Sessions renewed meanwhile stay. What is counted of each is
-- kept for a day, so that a gateway that was only cut off counts no audio twice.
for _, session in ipairs(ARGV) do
  if redis.call('HDEL', KEYS[4], session) == 1 then
    redis.call('SET', of_key('settled', session), checkpoint(session) or 0, 'EX', 86400)
    redis.call('HDEL', KEYS[5], session)
  end
end
return 1
