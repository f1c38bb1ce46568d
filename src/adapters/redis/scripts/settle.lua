-- Removes lapsed sessions from the live state. Sessions renewed meanwhile stay.
for _, session in ipairs(ARGV) do
  if redis.call('HDEL', KEYS[4], session) == 1 then
    redis.call('HDEL', KEYS[5], session)
  end
end
return 1
