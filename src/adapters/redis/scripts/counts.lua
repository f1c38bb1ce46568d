-- Returns the open live streams and files, the ms used in the month, and the peaks of live streams and
-- files in the month and in the month before. ARGV: now, month, month before.
local function peak(month, kind)
  return tonumber(redis.call('HGET', KEYS[6], peak_field(month, kind)) or 0)
end

sweep(ARGV[1])
return {
  redis.call('ZCARD', KEYS[2]), redis.call('ZCARD', KEYS[3]),
  tonumber(redis.call('HGET', KEYS[6], ARGV[2]) or 0),
  peak(ARGV[2], 2), peak(ARGV[2], 3), peak(ARGV[3], 2), peak(ARGV[3], 3),
}
