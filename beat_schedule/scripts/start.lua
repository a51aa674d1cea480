-- A worker began a run: its token says so for a while.
--
-- KEYS  active
-- ARGV  entry, run
--
-- Returns 1; 0 if another run has the entry's token.

local active, entry, run = KEYS[1], ARGV[1], ARGV[2]
local at = now()
local other = holder(active, entry, at)
if other and other ~= run then
  return 0
end
redis.call("HSET", active, entry, "r|" .. run .. "|" .. digits(at + TOKEN_LIFE))
return 1
