-- Replaces an org's mirror unless it holds a newer version. ARGV: version, then fields and values.
local version = tonumber(redis.call('HGET', KEYS[1], 'version') or -1)
if tonumber(ARGV[1]) < version then
  return 0
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'version', ARGV[1])
for i = 2, #ARGV, 500 do
  redis.call('HSET', KEYS[1], unpack(ARGV, i, math.min(i + 499, #ARGV)))
end
return 1
