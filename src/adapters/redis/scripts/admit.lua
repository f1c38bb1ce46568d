-- Takes a lease if every limit allows it; a refusal changes nothing. The tenth key is the org's mirror.
-- Returns whether it did, and what was counted: open sessions, ms used, the next arrival; or nothing
-- if the mirror has another version than the limits that were handed in.
local now, session, kind, expires, lease = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]
local suspended, quota, limit = ARGV[6] == '1', ARGV[7], tonumber(ARGV[8])
local interval, tolerance, month, version = ARGV[9], ARGV[10], ARGV[11], ARGV[12]

local known = redis.call('HGET', KEYS[10], 'version')
if known and known ~= version then
  return {}
end
sweep(now)
local open = redis.call('ZCARD', KEYS[kind])
local used = tonumber(redis.call('HGET', KEYS[6], month) or 0)
local arrival = redis.call('GET', KEYS[7]) or ''
local counted = {0, open, used, arrival}

if suspended or (quota ~= '' and used >= tonumber(quota)) or open >= limit then
  return counted
end
if interval ~= '' then
  local due = tonumber(now)
  if arrival ~= '' then
    if tonumber(arrival) - due - tonumber(tolerance) > 0 then
      return counted
    end
    due = math.max(due, tonumber(arrival))
  end
  due = due + tonumber(interval)
  local life = math.ceil((due - tonumber(now)) / 1000) + 1000
  redis.call('SET', KEYS[7], string.format('%.0f', due), 'PX', string.format('%.0f', life))
end
redis.call('HSET', KEYS[1], session, lease)
redis.call('ZADD', KEYS[kind], expires, session)
counted[1] = 1
return counted
