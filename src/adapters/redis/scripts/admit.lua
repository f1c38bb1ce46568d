-- Stores a lease and reserves audio for it if every limit allows the session; otherwise counts the
-- refusal. Idempotent: a repeated command gets the same reply and changes nothing.
-- KEYS: the live state, the org's mirror, the day's refusals (key and reason -> count).
-- Returns 0 (refused), 1 (admitted) or 2 (admitted before), then the counts: open sessions, ms used,
-- ms reserved, the next arrival, ms granted. Returns an empty list if the version of the limits in
-- ARGV is not the mirror's.
local now, session, kind, expires, lease = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]
local month, wanted, key = ARGV[6], tonumber(ARGV[7]), ARGV[8]
local version, suspended, quota, limit = ARGV[9], ARGV[10] == '1', tonumber(ARGV[11]), tonumber(ARGV[12])
local interval, tolerance, quota_name, limit_name = ARGV[13], ARGV[14], ARGV[15], ARGV[16]

local known = redis.call('HGET', KEYS[11], 'version')
if known and known ~= version then
  return {}
end
sweep(now)
local open = redis.call('ZCARD', KEYS[kind])
local used, reserved = counted(month, quota)
local arrival = redis.call('GET', KEYS[7]) or ''
local answer = {0, open, used, reserved, arrival, 0}

local is_open = redis.call('HEXISTS', KEYS[1], session) == 1
if is_open or redis.call('ZSCORE', KEYS[9], session) then
  answer[1], answer[6] = 2, held(session)
  return answer
end

local function refused(reason)
  if redis.call('HGET', KEYS[12], 'last') ~= session then
    redis.call('HSET', KEYS[12], 'last', session)
    redis.call('HINCRBY', KEYS[12], key .. ' ' .. reason, 1)
    redis.call('EXPIRE', KEYS[12], 3 * 86400)
  end
  return answer
end

if suspended then
  return refused('suspension')
end
if quota and used + reserved >= quota then
  if reserved > 0 and redis.call('HLEN', KEYS[1]) == 0 then
    -- No session is open, so no release would free the reservation.
    forget_reserved(month)
    answer[4], reserved = 0, 0
  end
  if used + reserved >= quota then
    return refused(quota_name)
  end
end
if open >= limit then
  return refused(limit_name)
end
if interval ~= '' then
  local due = tonumber(now)
  if interval == '0' then
    return refused('requests_per_minute')
  end
  if arrival ~= '' then
    if tonumber(arrival) - due - tonumber(tolerance) > 0 then
      return refused('requests_per_minute')
    end
    due = math.max(due, tonumber(arrival))
  end
  due = due + tonumber(interval)
  local life = math.ceil((due - tonumber(now)) / 1000) + 1000
  redis.call('SET', KEYS[7], string.format('%.0f', due), 'PX', string.format('%.0f', life))
end
redis.call('HSET', KEYS[1], session, lease)
redis.call('ZADD', KEYS[kind], expires, session)
peaked(month, kind, open + 1)
answer[1] = 1
if quota then
  answer[6] = reserve(month, session, math.min(wanted, quota - used - reserved))
end
return answer
