-- Renames KEYS[1] to KEYS[2] if it is no stream. Returns whether it was.
local type = redis.call('TYPE', KEYS[1]).ok
if type == 'stream' or type == 'none' then
  return 0
end
redis.call('RENAME', KEYS[1], KEYS[2])
return 1
