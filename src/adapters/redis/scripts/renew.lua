-- Renews sessions, eight arguments each, the last one the key if it has limits, and reserves audio for them within the quota ('' for none).
-- Returns two numbers for each: the month's ms, or -1 if the session was killed; and the ms the
-- session may use in all, or -1 if unlimited.
local now, quota = ARGV[1], tonumber(ARGV[2])
local answers = {}
for i = 3, #ARGV, 8 do
  local session, kind, expires = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]
  local audio, lease = tonumber(ARGV[i + 3]), ARGV[i + 4]
  local month, wanted = ARGV[i + 5], tonumber(ARGV[i + 6])
  local used, granted = -1, -1
  if redis.call('SISMEMBER', KEYS[8], session) == 1 then
    used = -1
  elseif redis.call('ZSCORE', KEYS[9], session) then
    -- The session was released before the renewal arrived.
    used = counted(month)
  else
    local known
    give_back(session)
    used, known = meter(month, session, audio, quota)
    if quota then
      local _, reserved = counted(month, quota)
      granted = known + reserve(month, session, math.max(0, math.min(wanted - known, quota - used - reserved)))
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
end
return answers
