-- KEYS of the scripts on an org's live state:
-- 1 leases (session -> lease), 2 live and 3 file (session by expiry), 4 lapsed (session -> lease),
-- 5 audio (session -> ms at its last checkpoint), 6 meter (month -> ms used, reserved:month -> ms that
-- open sessions may still use, peak:kind:month -> most sessions open at once), 7 rate, 8 killed, 9 ended, 10 held (session -> month:ms reserved).
-- Keys that have limits of their own: live:{org}:open:<key> (session by expiry), live:{org}:rate:<key>.
-- Their names are made here: they have the org's hash tag, so they lie in the slot of KEYS.
-- Times are whole microseconds, which a double holds exactly until the year 2255.

local function of_key(part, key)
  return string.gsub(KEYS[1], 'leases$', part .. ':') .. key
end

-- Counts a session of a limited key until it expires or is released.
local function open_for_key(key, session, expires, now)
  local name = of_key('open', key)
  redis.call('ZADD', name, expires, session)
  redis.call('PEXPIRE', name, string.format('%.0f', math.ceil((expires - now) / 1000) + 1000))
end

-- Returns the ms reserved for a session, and their month.
local function held(session)
  local month, ms = string.match(redis.call('HGET', KEYS[10], session) or '', '^([^:]*):(%d+)$')
  return tonumber(ms or 0), month
end

local function give_back(session)
  local ms, month = held(session)
  if month then
    redis.call('HDEL', KEYS[10], session)
    redis.call('HINCRBY', KEYS[6], 'reserved:' .. month, -ms)
  end
end

local function reserve(month, session, ms)
  if ms > 0 then
    redis.call('HSET', KEYS[10], session, string.format('%s:%.0f', month, ms))
    redis.call('HINCRBY', KEYS[6], 'reserved:' .. month, string.format('%.0f', ms))
    redis.call('EXPIRE', KEYS[6], 62 * 86400)
    redis.call('EXPIRE', KEYS[10], 62 * 86400)
  end
  return ms
end

local function forget_reserved(month)
  redis.call('DEL', KEYS[10])
  redis.call('HDEL', KEYS[6], 'reserved:' .. month)
end

-- Returns the month's ms: used, and reserved (0 without a quota).
local function counted(month, quota)
  local used, reserved = tonumber(redis.call('HGET', KEYS[6], month) or 0), 0
  if quota then
    reserved = math.max(0, tonumber(redis.call('HGET', KEYS[6], 'reserved:' .. month) or 0))
  end
  return used, reserved
end

-- Returns the most sessions of a kind that were open at once in a month.
local function peak(month, kind)
  return tonumber(redis.call('HGET', KEYS[6], 'peak:' .. kind .. ':' .. month) or 0)
end

local function peaked(month, kind, open)
  if open > peak(month, kind) then
    redis.call('HSET', KEYS[6], 'peak:' .. kind .. ':' .. month, open)
    redis.call('EXPIRE', KEYS[6], 62 * 86400)
  end
end

local function sweep(now)
  for i = 2, 3 do
    for _, session in ipairs(redis.call('ZRANGEBYSCORE', KEYS[i], '-inf', now)) do
      local lease = redis.call('HGET', KEYS[1], session)
      if lease then
        redis.call('HSET', KEYS[4], session, lease)
      end
      redis.call('HDEL', KEYS[1], session)
      redis.call('ZREM', KEYS[i], session)
      redis.call('SREM', KEYS[8], session)
      give_back(session)
    end
  end
end

-- Counts a session's audio since its last checkpoint, up to what is left of *quota*, if any. Returns
-- the month's sum, and all audio counted for the session, in ms.
local function meter(month, session, audio, quota)
  local before = tonumber(redis.call('HGET', KEYS[5], session) or 0)
  local used, reserved = counted(month, quota)
  local more = math.max(0, audio - before)
  if quota then
    more = math.min(more, math.max(0, quota - used - reserved))
  end
  if more > 0 then
    redis.call('EXPIRE', KEYS[6], 62 * 86400)
    used = redis.call('HINCRBY', KEYS[6], month, string.format('%.0f', more))
  end
  return used, before + more
end
