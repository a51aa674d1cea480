-- Forget entries that are declared no longer; `last` stays a while, should they come back.
--
-- KEYS  lease, last, owing, declared, journal, cursor
-- ARGV  grant, then the entries
--
-- What they owed is written down as missed. In `declared` a retired one has `-|when`.

local KEPT = 30 * 24 * 3600 * 1000
local lease, last, owing, declared, journal, cursor =
  KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
if not leads(lease, ARGV[1]) then
  return not_leader()
end

local at = now()
local term = redis.call("HGET", lease, "term")
local looked = tonumber(redis.call("GET", cursor) or "0")
for i = 2, #ARGV do
  local entry = ARGV[i]
  local since = string.match(redis.call("HGET", declared, entry) or "", "^-|(%d+)$")
  local owed = redis.call("HGET", owing, entry)
  if owed then
    local first = string.match(owed, "^(%d+)|")
    local upto = digits(math.max(looked, tonumber(first)))
    decision(journal, entry, first, upto, 1, "missed", "no longer declared", term, at)
    redis.call("HDEL", owing, entry)
  end
  if not since then
    redis.call("HSET", declared, entry, "-|" .. digits(at))
  elseif at - tonumber(since) > KEPT then
    redis.call("HDEL", declared, entry)
    redis.call("HDEL", last, entry)
  end
end
return #ARGV - 1
