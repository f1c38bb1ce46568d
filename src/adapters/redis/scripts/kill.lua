-- Marks an open session to be ended at its next renewal. Returns 0 if it is not open.
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then
  return 0
end
redis.call('SADD', KEYS[8], ARGV[1])
return 1
