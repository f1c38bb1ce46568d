-- Replaces an org's documented limits unless a newer version has written them; deletes them if there
-- are no fields. KEYS: the hash, the version that deleted it. ARGV: version, seconds to keep that
-- version, and fields and values, each with a line end.
local version = tonumber(ARGV[1])
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then -- none, or damaged
  redis.call('DEL', KEYS[1])
end
local known = math.max(
  tonumber(redis.call('HGET', KEYS[1], 'version') or '') or -1,
  tonumber(redis.pcall('GET', KEYS[2])) or -1 -- none, or damaged
)
if version < known then
  return 0
end
redis.call('DEL', KEYS[1])
if ARGV[3] == '' then
  redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
end
for field, value in string.gmatch(ARGV[3], '([^\n]*)\n([^\n]*)\n') do
  redis.call('HSET', KEYS[1], field, value)
end
return 1
