-- KEYS of the scripts on an org's live state:
-- 1 leases (session -> lease), 2 live and 3 file (session by expiry), 4 lapsed (session -> lease),
-- 5 audio (session -> ms at its last checkpoint), 6 meter (month -> ms used, reserved:month -> ms that
-- open sessions may still use, peak:kind:month -> most sessions open at once), 7 rate, 8 killed, 9 ended, 10 held (session -> month:ms reserved).
-- Keys that have limits of their own: live:{org}:open:<key> (session by expiry), live:{org}:rate:<key>,
-- and live:{org}:meter:<name> (used, reserved: ms) of each further meter, which counts the audio of a key
-- in a month or of a token; live:{org}:settled:<session> (ms at its last checkpoint). Their names are
-- made here: they have the org's hash tag, so they lie in the slot of KEYS. A list of meters is a text of `name=limit=reason` for each, joined by `|`.
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

-- Reads a list of meters, each with what is counted.
local function meters_in(text)
  local meters = {}
  for name, limit, reason in string.gmatch(text, '([^=|]+)=(%d+)=([^|]+)') do
    local counts = redis.call('HMGET', of_key('meter', name), 'used', 'reserved')
    meters[#meters + 1] = {
      name = name, limit = tonumber(limit), reason = reason,
      used = tonumber(counts[1] or 0), reserved = math.max(0, tonumber(counts[2] or 0)),
    }
  end
  return meters
end

-- Adds to a further meter. A token lasts an hour, and its sessions not for days.
local function count_on(name, field, ms)
  redis.call('HINCRBY', of_key('meter', name), field, string.format('%.0f', ms))
  local days = string.sub(name, 1, 6) == 'token:' and 2 or 62
  redis.call('EXPIRE', of_key('meter', name), days * 86400)
end

-- Returns the least that is left of *meters*, and which of them has the least; nil if there are none.
local function least_left(meters)
  local least, which
  for i, each in ipairs(meters) do
    local left = math.max(0, each.limit - each.used - each.reserved)
    if not least or left < least then
      least, which = left, i
    end
  end
  return least, which
end

-- Returns the ms reserved for a session, their month, and the names of further meters.
local function held(session)
  local text = redis.call('HGET', KEYS[10], session) or ''
  local month, ms, names = string.match(text, '^([^:]*):(%d+):?(.*)$')
  return tonumber(ms or 0), month, names
end

local function give_back(session)
  local ms, month, names = held(session)
  if month then
    redis.call('HDEL', KEYS[10], session)
    redis.call('HINCRBY', KEYS[6], 'reserved:' .. month, -ms)
    for name in string.gmatch(names, '[^|]+') do
      if redis.call('EXISTS', of_key('meter', name)) == 1 then
        count_on(name, 'reserved', -ms)
      end
    end
  end
end

local function reserve(month, session, ms, meters)
  if ms > 0 then
    local names = {}
    for i, each in ipairs(meters) do
      names[i] = each.name
      count_on(each.name, 'reserved', ms)
      each.reserved = each.reserved + ms
    end
    local text = string.format('%s:%.0f:%s', month, ms, table.concat(names, '|'))
    redis.call('HSET', KEYS[10], session, text)
    redis.call('HINCRBY', KEYS[6], 'reserved:' .. month, string.format('%.0f', ms))
    redis.call('EXPIRE', KEYS[10], 62 * 86400)
  end
  return ms
end

local function forget_reserved(month)
  redis.call('DEL', KEYS[10])
  redis.call('HDEL', KEYS[6], 'reserved:' .. month)
end

local function peak_field(month, kind)
  return 'peak:' .. kind .. ':' .. month
end

-- Returns the month's ms used, its ms reserved (0 without a quota), and the most sessions of a kind, live
-- if none is given, that were open at once.
local function counted(month, quota, kind)
  local found = redis.call('HMGET', KEYS[6], month, 'reserved:' .. month, peak_field(month, kind or 2))
  local reserved = quota and math.max(0, tonumber(found[2] or 0)) or 0
  return tonumber(found[1] or 0), reserved, tonumber(found[3] or 0)
end

local function keep_meter()
  redis.call('EXPIRE', KEYS[6], 62 * 86400)
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

-- Returns the ms of a session at its last checkpoint; nil before the first.
local function checkpoint(session)
  return tonumber(redis.call('HGET', KEYS[5], session))
end

-- Returns the ms at which a session was settled, and forgets them; nil if it was not settled. A gateway
-- that was only cut off counts on from there.
local function take_settled(session)
  local name = of_key('settled', session)
  local ms = redis.call('GET', name)
  if ms then
    redis.call('DEL', name)
  end
  return tonumber(ms)
end

-- Counts a session's audio since its last checkpoint, which was *before*, up to what is left of *quota*,
-- if any, and of *meters*, if *is_bounded*. Returns the month's sum, and all audio counted for the
-- session, in ms.
local function meter(month, before, audio, quota, meters, is_bounded)
  local more, used, reserved = math.max(0, audio - before), nil, nil
  if quota then
    used, reserved = counted(month, quota)
    more = math.min(more, math.max(0, quota - used - reserved))
  end
  if is_bounded then
    more = math.min(more, least_left(meters) or more)
  end
  if more > 0 then
    for _, each in ipairs(meters) do
      count_on(each.name, 'used', more)
      each.used = each.used + more
    end
    used = redis.call('HINCRBY', KEYS[6], month, string.format('%.0f', more))
    keep_meter()
  end
  return used or counted(month), before + more
end
