-- Move the cursor, once everything up to it is decided or owed.
--
-- KEYS  lease, cursor, owing, hold, journal
-- ARGV  grant|step before|step, the new cursor, n, then n times: entry, what it owes as
--       `oldest undecided due time|next try|why`; then the entries that owe no longer
--
-- Returns the cursor in force, which never falls.
-- Holds whose time is over go, once nothing is owed that they still speak of, and the record knows
-- that they are over.

local lease, cursor, owing, hold, journal = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local refusal = refused(lease, ARGV[1])
if refusal then
  return refusal
end

local moved = math.max(tonumber(redis.call("GET", cursor) or "0"), tonumber(ARGV[2]))
local n = tonumber(ARGV[3])
for i = 4, 3 + 2 * n, 2 do
  redis.call("HSET", owing, ARGV[i], ARGV[i + 1])
end
for i = 4 + 2 * n, #ARGV do
  redis.call("HDEL", owing, ARGV[i])
end

redis.call("SET", cursor, digits(moved))

-- The journal is drained in order: where the newest line of a hold is gone, all of them are.
local said = redis.call("HGET", lease, "holds_at")
local is_known = not said or #redis.call("XRANGE", journal, said, said) == 0
if is_known and redis.call("HLEN", hold) > 0 then
  local looked = moved
  for _, owed in ipairs(redis.call("HVALS", owing)) do
    looked = math.min(looked, tonumber(string.match(owed, "^(%d+)|")))
  end
  local holds = redis.call("HGETALL", hold)
  for i = 1, #holds, 2 do
    local till = cjson.decode(holds[i + 1])["until"]
    if till ~= cjson.null and tonumber(till) < looked then
      redis.call("HDEL", hold, holds[i])
    end
  end
end
note_step(lease, ARGV[1])
return digits(moved)
