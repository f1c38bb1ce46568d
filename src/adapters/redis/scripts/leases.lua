-- Returns the open leases, or the lapsed ones. ARGV: now, 'open' or 'lapsed'.
sweep(ARGV[1])
return redis.call('HVALS', KEYS[ARGV[2] == 'lapsed' and 4 or 1])
