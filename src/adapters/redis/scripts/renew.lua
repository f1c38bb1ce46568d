-- Renews sessions, nine arguments each, and reserves audio for them within the quota ('' for none) and
-- their further meters. The last two arguments are the key if it has limits, and a list of meters.
-- Returns three numbers for each: the month's ms, or -1 if the session was killed; the ms the session
-- may use in all, or -1 if unlimited; and which meter has the least left, 0 if it is the org's.
local now, quota = ARGV[1], tonumber(ARGV[2])
local answers = {}
for i = 3, #ARGV, 9 do
  local session, kind, expires = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]
  local audio, lease = tonumber(ARGV[i + 3]), ARGV[i + 4]
  local month, wanted = ARGV[i + 5], tonumber(ARGV[i + 6])
  local used, granted, which = -1, -1, 0
  if redis.call('SISMEMBER', KEYS[8], session) == 1 then
    used = -1
  elseif redis.call('ZSCORE', KEYS[9], session) then
    -- The session was released before the renewal arrived.
    used = counted(month)
  else
    local known
    give_back(session)
    local meters = meters_in(ARGV[i + 8])
    local before = checkpoint(session) or take_settled(session) or 0
    used, known = meter(month, before, audio, quota, meters, true)
    local left, tightest = least_left(meters)
    which = tightest or 0
    if quota then
      local _, reserved = counted(month, quota)
      if not left or quota - used - reserved <= left then
        left, which = quota - used - reserved, 0
      end
    end
    if left then
      granted = known + reserve(month, session, math.max(0, math.min(wanted - known, left)), meters)
      keep_meter()
    end
    if known < audio then
      -- The lease's last field is its audio: audio that is not counted must not be billed.
      lease = string.gsub(lease, '%d+%]$', string.format('%.0f]', known))
    end
    redis.call('HSET', KEYS[5], session, string.format('%.0f', known))
    redis.call('HDEL', KEYS[4], session)
    redis.call('HSET', KEYS[1], session, lease)
    redis.call('ZADD', KEYS[kind], expires, session)
    if ARGV[i + 7] ~= '' then
      open_for_key(ARGV[i + 7], session, tonumber(expires), tonumber(now))
    end
  end
  answers[#answers + 1] = used
  answers[#answers + 1] = granted
  answers[#answers + 1] = which
end
return answers
