-- Replaces an org's mirror unless it has a newer version, and publishes an invalidation to gateways.
-- ARGV: version, org, channel, seconds to keep the tombstone of a removed org or '', and fields and
-- values, each with a line end: one long argument is cheaper than many short ones.
local version, gone = tonumber(ARGV[1]), ARGV[4] ~= ''
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then -- none, or damaged
  redis.call('DEL', KEYS[1])
end
local was = redis.call('HMGET', KEYS[1], 'version', 'removed')
local known = tonumber(was[1] or '') or -1
-- A removed org is not restored by a snapshot of the same or an older version.
if version < known or (version == known and was[2] and not gone) then
  return 0
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'version', ARGV[1])
for field, value in string.gmatch(ARGV[5], '([^\n]*)\n([^\n]*)\n') do
  redis.call('HSET', KEYS[1], field, value)
end
if gone then
  redis.call('EXPIRE', KEYS[1], ARGV[4])
end
-- No gateway can have cached an org that had no mirror.
if was[1] and (version > known or gone) then
  redis.call('PUBLISH', ARGV[3], ARGV[2])
end
return 1
