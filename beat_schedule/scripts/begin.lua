-- Name the history that this Redis belongs to, and from where it goes on.
--
-- KEYS  lease, install, cursor, and what is forgotten when it belonged to another history:
--       last, owing, declared, hold, defined, defined_at, defined_upto, taken_back, active, journal
-- ARGV  grant|step before|step, what (`forget` before a restore, `name` after it), install id, cursor ('' for none)
--
-- Returns 1.

local lease, install, cursor = KEYS[1], KEYS[2], KEYS[3]
local what, id, from = ARGV[2], ARGV[3], ARGV[4]
local refusal = refused(lease, ARGV[1])
if refusal then
  return refusal
end
note_step(lease, ARGV[1])
if what == "forget" then
  for i = 2, #KEYS do
    redis.call("DEL", KEYS[i])
  end
  return 1
end
if from ~= "" then
  redis.call("SET", cursor, from)
end
redis.call("SET", install, id)
return 1
