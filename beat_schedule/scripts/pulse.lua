-- A worker is still busy with these runs: their tokens hold for as long again.
--
-- KEYS  active
-- ARGV  for each of them: entry, run
--
-- Returns how many have their token. Only one's own is renewed: who lost it may have lost it to
-- another run.

local active = KEYS[1]
local till = digits(now() + TOKEN_LIFE)
local renewed = 0
for i = 1, #ARGV, 2 do
  local entry, run = ARGV[i], ARGV[i + 1]
  local token = redis.call("HGET", active, entry)
  if token and string.match(token, "^%a|([^|]*)") == run then
    redis.call("HSET", active, entry, "r|" .. run .. "|" .. till)
    renewed = renewed + 1
  end
end
return renewed
