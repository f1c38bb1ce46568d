-- Forgets entries of a stream, as acknowledged and as there, at once: one that was acknowledged
-- only would be given to nobody, and would stay. ARGV: group, then ids.
redis.call('XACK', KEYS[1], ARGV[1], unpack(ARGV, 2))
return redis.call('XDEL', KEYS[1], unpack(ARGV, 2))
