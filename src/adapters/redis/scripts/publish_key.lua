-- Writes the org of a key, or deletes the documented key. An older version cannot write it again.
-- KEYS: the documented key, the version that deleted it.
-- ARGV: version, seconds to keep that version, org or '' to delete, expiry of the key (ms) or ''.
local back = tonumber(redis.pcall('GET', KEYS[2])) -- nil if there is none, or it is damaged
if back and tonumber(ARGV[1]) < back then
  return 0
end
if ARGV[3] == '' then
  redis.call('DEL', KEYS[1])
  redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
  return 1
end
if ARGV[4] == '' then
  redis.call('SET', KEYS[1], ARGV[3])
else
  redis.call('SET', KEYS[1], ARGV[3], 'PXAT', ARGV[4])
end
return 1
