-- Acknowledges and deletes entries of a stream atomically: an entry that is only acknowledged would
-- stay in the stream and never be delivered. ARGV: group, then ids.
redis.call('XACK', KEYS[1], ARGV[1], unpack(ARGV, 2))
return redis.call('XDEL', KEYS[1], unpack(ARGV, 2))
