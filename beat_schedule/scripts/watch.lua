-- A beat shows that it lives, and sees who leads; the leader's own call keeps its lease.
--
-- KEYS  lease, generation, beats, clocks
-- ARGV  beat id, hash of what it declares, what it says of itself, its grant ('' of a standby), its
--       clock
--
-- Returns now, grant, renewals, owner, term, since, the generation in force.
-- A generation never seen comes into force at once; a known one only when no live beat carries
-- the one in force.

local LIFE = 10000
-- Silent ones are shown for a while, to whoever wonders where they are.
local SHOWN = 10 * 60 * 1000
local SEEN = 90 * 24 * 3600 * 1000
local lease, generation, beats, clocks = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, mine, card, grant = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local at = now()

redis.call("HSET", clocks, ARGV[5], digits(at))
redis.call("HSET", beats, id, digits(at) .. "|" .. mine .. "|" .. card)
local current = redis.call("HGET", generation, "current")
local is_carried = false
local others = redis.call("HGETALL", beats)
for i = 1, #others, 2 do
  local said, carries = string.match(others[i + 1], "^(%d+)|([^|]*)|")
  local age = math.abs(at - tonumber(said))
  if age > SHOWN then
    redis.call("HDEL", beats, others[i])
  elseif age <= LIFE and carries == current then
    is_carried = true
  end
end

local is_new = redis.call("HSETNX", generation, "seen:" .. mine, digits(at)) == 1
if current ~= mine and (is_new or not is_carried) then
  current = mine
  redis.call("HSET", generation, "current", mine)
  local seen = redis.call("HGETALL", generation)
  for i = 1, #seen, 2 do
    if seen[i] ~= "current" and seen[i] ~= "seen:" .. mine and at - tonumber(seen[i + 1]) > SEEN then
      redis.call("HDEL", generation, seen[i])
    end
  end
end

if leads(lease, grant) then
  redis.call("HINCRBY", lease, "renewals", 1)
end
local held = redis.call("HMGET", lease, "grant", "renewals", "owner", "term", "since")
return {
  digits(at), held[1] or "", held[2] or "0", held[3] or "", held[4] or "0", held[5] or "0", current
}
