-- The open leases, or the lapsed ones.
sweep(ARGV[1])
return redis.call('HVALS', KEYS[ARGV[2] == 'lapsed' and 4 or 1])
