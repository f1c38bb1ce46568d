-- Notes a filling that is under way. ARGV: its name, seconds to remember it.
redis.call('HSET', KEYS[1], ARGV[1], '1')
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
