-- A run is over: its token goes, and beats that owe its entry's next run look at once.
--
-- KEYS  active, owing, wake
-- ARGV  entry, run
--
-- Returns 1 if its token stood there.

local active, owing, wake = KEYS[1], KEYS[2], KEYS[3]
local entry, run = ARGV[1], ARGV[2]
local token = redis.call("HGET", active, entry)
local stood = 0
if token and string.match(token, "^%a|([^|]*)") == run then
  stood = redis.call("HDEL", active, entry)
end
-- Also when it went before: the reply to an earlier try may have been lost, or it was too old.
if not holder(active, entry, now()) and redis.call("HEXISTS", owing, entry) == 1 then
  redis.call("PUBLISH", wake, "ended " .. entry)
end
return stood
