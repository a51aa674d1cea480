-- Take away the token of a run that has ended, which its worker could not.
--
-- KEYS  lease, active, owing, wake
-- ARGV  grant, entry, run
--
-- Returns 1 if it stood there.

local lease, active, owing, wake = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local entry, run = ARGV[2], ARGV[3]
if not leads(lease, ARGV[1]) then
  return not_leader()
end
local token = redis.call("HGET", active, entry)
if not token or string.match(token, "^%a|([^|]*)") ~= run then
  return 0
end
redis.call("HDEL", active, entry)
if redis.call("HEXISTS", owing, entry) == 1 then
  redis.call("PUBLISH", wake, "ended " .. entry)
end
return 1
