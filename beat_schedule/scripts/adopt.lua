-- Take up entries as they are declared now: from where each is to be decided.
--
-- KEYS  lease, cursor, last, owing, declared, journal
-- ARGV  grant|step before|step, then for each entry: key, spread in ms, fingerprint of its schedule
--
-- Returns for each entry two words: its last, and what it owes ('' if nothing).
--   never seen before          it starts now
--   declared again after a gap, or on another schedule
--                              nothing before the cursor: it was not declared so then
--   with a shorter spread      it owes what waited for the rest of the old one
-- `last` rises only here and in decide; what was owed then is written down as missed, in one line
-- whose count is 1: how many due times it speaks of is not known here.

local lease, cursor, last, owing, declared, journal =
  KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local refusal = refused(lease, ARGV[1])
if refusal then
  return refusal
end

local at = now()
local term = redis.call("HGET", lease, "term")
local looked = tonumber(redis.call("GET", cursor) or "0")

local function rise(entry, stored, spread, why)
  local floor = math.max(tonumber(stored), looked - spread)
  miss_owed(journal, owing, entry, floor, why, term, at)
  redis.call("HSET", last, entry, digits(floor))
end

local answers = {}
for i = 2, #ARGV, 3 do
  local entry, spread, fingerprint = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local stored = redis.call("HGET", last, entry)
  local old_spread, old_fingerprint =
    string.match(redis.call("HGET", declared, entry) or "", "^(%d+)|(.*)$")
  if not stored then
    redis.call("HSET", last, entry, digits(at))
  elseif not old_spread then
    rise(entry, stored, tonumber(spread), "no longer declared")
  elseif old_fingerprint ~= fingerprint then
    rise(entry, stored, tonumber(old_spread), "the schedule was changed")
  elseif tonumber(old_spread) > tonumber(spread) then
    -- What waited for the rest of the old one is at or before the cursor now, and undecided.
    local first = math.max(tonumber(stored), looked - tonumber(old_spread)) + 1
    redis.call(
      "HSETNX", owing, entry, digits(first) .. "|" .. digits(at) .. "|its spread was shortened"
    )
  end
  redis.call("HSET", declared, entry, spread .. "|" .. fingerprint)
  answers[#answers + 1] = redis.call("HGET", last, entry)
  answers[#answers + 1] = redis.call("HGET", owing, entry) or ""
end
note_step(lease, ARGV[1])
return answers
