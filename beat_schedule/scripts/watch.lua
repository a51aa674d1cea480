-- A beat shows that it lives, and sees who leads; the leader's own call keeps its lease.
--
-- KEYS  lease, generation, beats, clocks
-- ARGV  beat id, hash of what it declares, what it says of itself, its grant ('' of a standby), its
--       clock, 1 if that is all that there is to declare, as far as it can know; else 0
--
-- Returns now, grant, renewals, owner, term, since, the generation in force.
-- A generation never seen comes into force at once; a known one only when no live beat carries
-- the one in force. Of what is not whole none comes into force while another is carried, and
-- whatever is whole comes before it.

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
local is_whole = ARGV[6] == "1"
local is_better = is_whole and (is_new or redis.call("HGET", generation, "partial") == current)
if current ~= mine and (is_better or not is_carried) then
  current = mine
  redis.call("HSET", generation, "current", mine)
  if is_whole then
    redis.call("HDEL", generation, "partial")
  else
    redis.call("HSET", generation, "partial", mine)
  end
  local seen = redis.call("HGETALL", generation)
  for i = 1, #seen, 2 do
    local is_other = string.sub(seen[i], 1, 5) == "seen:" and seen[i] ~= "seen:" .. mine
    if is_other and at - tonumber(seen[i + 1]) > SEEN then
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
