-- Adds key hashes to an org's documented set. Returns the hashes in the set that are not in ARGV, or
-- nil if a newer version has written the set.
-- KEYS: the set, its version. ARGV: version, seconds to keep the version, then hashes.
if tonumber(ARGV[1]) < (tonumber(redis.pcall('GET', KEYS[2])) or -1) then -- none, or damaged
  return false
end
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
if redis.call('TYPE', KEYS[1]).ok ~= 'set' then -- none, or damaged
  redis.call('DEL', KEYS[1])
end
local wanted, gone = {}, {}
for i = 3, #ARGV do
  wanted[ARGV[i]] = true
end
for _, hash in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  if not wanted[hash] then
    gone[#gone + 1] = hash
  end
end
for i = 3, #ARGV, 500 do
  redis.call('SADD', KEYS[1], unpack(ARGV, i, math.min(i + 499, #ARGV)))
end
return gone
