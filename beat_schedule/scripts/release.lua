-- Give the lease back, and wake whoever stands by.
--
-- KEYS  lease, beats, wake
-- ARGV  grant ('' of a standby that only leaves), beat id ('' of one that stays)
--
-- Returns 1 if the lease was ours.

local lease, beats, wake = KEYS[1], KEYS[2], KEYS[3]
local grant, id = ARGV[1], ARGV[2]

if id ~= "" then
  redis.call("HDEL", beats, id)
end
if not leads(lease, grant) then
  return 0
end
redis.call("HSET", lease, "grant", "")
redis.call("PUBLISH", wake, "released")
return 1
