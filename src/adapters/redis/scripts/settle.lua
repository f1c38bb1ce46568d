-- Forgets lapsed sessions; one that was renewed after all is left as it is.
for _, session in ipairs(ARGV) do
  if redis.call('HDEL', KEYS[4], session) == 1 then
    redis.call('HDEL', KEYS[5], session)
  end
end
return 1
