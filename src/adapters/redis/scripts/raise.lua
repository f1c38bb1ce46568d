-- Raises a field of a meter to the ledger's sum, never lowers it. Returns 1 if it was too low.
local field, used = ARGV[1], tonumber(ARGV[2])
if tonumber(redis.call('HGET', KEYS[1], field) or 0) >= used then
  return 0
end
redis.call('HSET', KEYS[1], field, ARGV[2])
redis.call('EXPIRE', KEYS[1], 62 * 86400)
return 1
