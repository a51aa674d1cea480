-- Put back from the record what this Redis has lost, a part at a time.
--
-- KEYS  lease, last, owing, declared, hold
-- ARGV  grant|step before|step, n, then n times: entry, last, `spread|fingerprint`, what it owes ('' if nothing);
--       then pairs of a hold's target and its JSON: the newer version stays
--
-- Returns 1. Doing it twice changes nothing; `begin` closes it.

local lease, last, owing, declared, hold = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local refusal = refused(lease, ARGV[1])
if refusal then
  return refusal
end
local n = tonumber(ARGV[2])
for i = 3, 2 + 4 * n, 4 do
  redis.call("HSET", last, ARGV[i], ARGV[i + 1])
  redis.call("HSET", declared, ARGV[i], ARGV[i + 2])
  if ARGV[i + 3] ~= "" then
    redis.call("HSET", owing, ARGV[i], ARGV[i + 3])
  end
end
for i = 3 + 4 * n, #ARGV, 2 do
  local stored = redis.call("HGET", hold, ARGV[i])
  if not stored or cjson.decode(stored).version < cjson.decode(ARGV[i + 1]).version then
    redis.call("HSET", hold, ARGV[i], ARGV[i + 1])
  end
end
note_step(lease, ARGV[1])
return 1
