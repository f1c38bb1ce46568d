-- Returns the clock of the node of KEYS[1]: seconds since 1970, and microseconds.
return redis.call('TIME')
