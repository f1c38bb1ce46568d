-- Marks this part of the store as filled, unless its data were lost since the filling began.
-- KEYS: the mark, the running fillings. ARGV: the filling's name.
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 0 then
  return 0
end
redis.call('SET', KEYS[1], '1')
redis.call('HDEL', KEYS[2], ARGV[1])
return 1
