-- Forget entries that are declared no longer; `last` stays a while, should they come back.
--
-- KEYS  lease, last, owing, declared, journal, cursor
-- ARGV  grant|step before|step, then the entries
--
-- What they owed is written down as missed, in one line each whose count is 1: how many due times
-- it speaks of is not known here. In `declared` a retired one has `-|when`.

local KEPT = 30 * 24 * 3600 * 1000
local lease, last, owing, declared, journal, cursor =
  KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local refusal = refused(lease, ARGV[1])
if refusal then
  return refusal
end

local at = now()
local term = redis.call("HGET", lease, "term")
local looked = tonumber(redis.call("GET", cursor) or "0")
for i = 2, #ARGV do
  local entry = ARGV[i]
  local known = redis.call("HGET", declared, entry)
  -- Who takes up what was announced meanwhile comes later; of what nobody declared there is nothing.
  if known and known ~= ANNOUNCED then
    local since = string.match(known, "^-|(%d+)$")
    miss_owed(journal, owing, entry, looked, "no longer declared", term, at)
    if not since then
      redis.call("HSET", declared, entry, "-|" .. digits(at))
    elseif at - tonumber(since) > KEPT then
      redis.call("HDEL", declared, entry)
      redis.call("HDEL", last, entry)
    end
  end
end
note_step(lease, ARGV[1])
return #ARGV - 1
