-- Stores a lease and reserves audio for it if every limit allows the session; otherwise counts the
-- refusal. Idempotent: a repeated command gets the same reply and changes nothing.
-- It decides as `decide` in domain/access/limits.py; tests/contract/leases.py tests both.
-- Loaded after sweep.lua, which describes KEYS 1 to 10, and gives it of_key, open_for_key, meters_in,
-- least_left, held, reserve, forget_reserved, peak_field, counted, keep_meter and sweep.
-- A key with limits of its own gets four arguments more, checked after the org's.
-- Returns 0 (refused), 1 (admitted) or 2 (admitted before), then the counts: open sessions, ms used,
-- ms reserved, the next arrival, ms granted; for a limited key its open sessions, next arrival, and the
-- ms used and reserved on each meter.
-- Returns an empty list if the version of the limits in ARGV is not the mirror's.
local leases, rate, ended = KEYS[1], KEYS[7], KEYS[9]
local mirror = KEYS[11]
local refusals = KEYS[12] -- of the day: key and reason -> count; last -> the session refused last

local now, session = ARGV[1], ARGV[2]
local kind = tonumber(ARGV[3]) -- 2 live or 3 file
local sessions = KEYS[kind] -- by expiry
local expires, lease, month = ARGV[4], ARGV[5], ARGV[6]
local wanted, key = tonumber(ARGV[7]), ARGV[8] -- ms of audio to reserve; the key's id
-- The org's limits: ms of its quota ('' for none), most open sessions of the kind; what refusals by
-- these two are called; microseconds from one request to the next ('' for no limit), and how many
-- a request may be early.
local version, suspended, quota, limit = ARGV[9], ARGV[10] == '1', tonumber(ARGV[11]), tonumber(ARGV[12])
local interval, tolerance, quota_name, limit_name = ARGV[13], ARGV[14], ARGV[15], ARGV[16]
-- The key's own: most open sessions ('' for any number), the same two of its requests, its meters.
local is_limited, key_limit = ARGV[17] ~= nil, tonumber(ARGV[17])
local key_interval, key_tolerance, key_meters = ARGV[18], ARGV[19], ARGV[20]

local known = redis.call('HGET', mirror, 'version')
if known and known ~= version then
  return {}
end
sweep(now)
local open = redis.call('ZCARD', sessions)
local used, reserved, peak = counted(month, quota, kind)
local arrival = redis.call('GET', rate) or ''
local answer = {0, open, used, reserved, arrival, 0}
local key_arrival
local meters = {}
if is_limited then
  redis.call('ZREMRANGEBYSCORE', of_key('open', key), '-inf', now)
  key_arrival = redis.call('GET', of_key('rate', key)) or ''
  answer[7], answer[8] = redis.call('ZCARD', of_key('open', key)), key_arrival
  meters = meters_in(key_meters)
  for _, each in ipairs(meters) do
    answer[#answer + 1] = each.used
    answer[#answer + 1] = each.reserved
  end
end

local is_open = redis.call('HEXISTS', leases, session) == 1
if is_open or redis.call('ZSCORE', ended, session) then
  answer[1], answer[6] = 2, held(session)
  return answer
end

-- Returns when the request after this one is due, or nil if this one comes too early.
local function next_due(before, between, early)
  local due = tonumber(now)
  if before ~= '' then
    local early_by = tonumber(before) - due - tonumber(early)
    -- Further before it than clocks differ: as `is_of_another_time` in limits.py.
    if early_by <= tonumber(between) + 60000000 then
      if early_by > 0 then
        return nil
      end
      due = math.max(due, tonumber(before))
    end
  end
  return between ~= '0' and due + tonumber(between) or nil
end

local function keep_due(name, due)
  local life = math.ceil((due - tonumber(now)) / 1000) + 1000
  redis.call('SET', name, string.format('%.0f', due), 'PX', string.format('%.0f', life))
end

local function refused(reason)
  if redis.call('HGET', refusals, 'last') ~= session then
    redis.call('HSET', refusals, 'last', session)
    redis.call('HINCRBY', refusals, key .. ' ' .. reason, 1)
    redis.call('EXPIRE', refusals, 3 * 86400)
  end
  return answer
end

if suspended then
  return refused('suspension')
end
if quota and used + reserved >= quota then
  if reserved > 0 and redis.call('HLEN', leases) == 0 then
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
local due, key_due
if interval ~= '' then
  due = next_due(arrival, interval, tolerance)
  if not due then
    return refused('requests_per_minute')
  end
end
if is_limited then
  for _, each in ipairs(meters) do
    if each.used + each.reserved >= each.limit then
      return refused(each.reason)
    end
  end
  if key_limit and answer[7] >= key_limit then
    return refused('key_sessions')
  end
  if key_interval ~= '' then
    key_due = next_due(key_arrival, key_interval, key_tolerance)
    if not key_due then
      return refused('key_requests_per_minute')
    end
    keep_due(of_key('rate', key), key_due)
  end
  open_for_key(key, session, tonumber(expires), tonumber(now))
end
if due then
  keep_due(rate, due)
end
redis.call('HSET', leases, session, lease)
redis.call('ZADD', sessions, expires, session)
if open + 1 > peak then
  -- The first session of a month does this, so its meter is kept by then.
  redis.call('HSET', KEYS[6], peak_field(month, kind), open + 1)
  keep_meter()
end
answer[1] = 1
local left = least_left(meters)
if quota then
  left = math.min(left or wanted, quota - used - reserved)
end
if left then
  answer[6] = reserve(month, session, math.min(wanted, left), meters)
end
return answer
