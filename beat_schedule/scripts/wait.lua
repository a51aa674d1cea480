-- An attempt is over and its run is not: its token stays until the next attempt takes it up.
--
-- KEYS  active
-- ARGV  entry, run
--
-- Returns 1; 0 if the token is not this run's.

local active, entry, run = KEYS[1], ARGV[1], ARGV[2]
local token = redis.call("HGET", active, entry)
if not token or string.match(token, "^%a|([^|]*)") ~= run then
  return 0
end
redis.call("HSET", active, entry, "w|" .. run)
return 1
