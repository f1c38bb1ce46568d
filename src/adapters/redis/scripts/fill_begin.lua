-- Records a running filling. ARGV: its name, seconds until the record expires.
redis.call('HSET', KEYS[1], ARGV[1], '1')
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
