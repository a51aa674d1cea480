-- Take up entries as they are declared now: from where each is to be decided.
--
-- KEYS  lease, cursor, last, owing, declared, journal, hold
-- ARGV  grant|step before|step, then for each entry: key, spread in ms, fingerprint of its schedule,
--       n, then n keys that it had before
--
-- Returns for each entry two words: its last, and what it owes ('' if nothing).
--   never seen before          it starts now, or at the cursor if the clock went back since
--   never seen under this key  it goes on where the last of its former keys stopped, owes what that
--                              owed, and is held as that was; `last` and hold stay there as well,
--                              for a deploy that is taken back
--   announced                  it starts when that was: `define` set its last
--   declared again after a gap, or on another schedule
--                              nothing before the cursor: it was not declared so then
--   with a shorter spread      it owes what waited for the rest of the old one
-- `last` rises only here and in decide; what was owed then is written down as missed, in one line
-- whose count is 1: how many due times it speaks of is not known here.

local lease, cursor, last, owing, declared, journal, hold =
  KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
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

-- Whatever is due after that instant, unless it owes already.
local function owe(entry, from, why)
  redis.call("HSETNX", owing, entry, digits(from + 1) .. "|" .. digits(at) .. "|" .. why)
end

-- The newest of the former keys ARGV[from] to ARGV[to]: the one that was decided furthest.
local function former(from, to)
  local name, at_last = nil, -1
  for i = from, to do
    local stored = tonumber(redis.call("HGET", last, ARGV[i]) or "-1")
    if stored > at_last then
      name, at_last = ARGV[i], stored
    end
  end
  return name
end

local function take_hold_over(entry, name)
  local text = redis.call("HGET", hold, name)
  if not text or redis.call("HEXISTS", hold, entry) == 1 then
    return
  end
  local held = cjson.decode(text)
  held.version = math.max(tonumber(redis.call("HGET", lease, "holds") or "0"), held.version) + 1
  text = cjson.encode(held)
  redis.call("HSET", hold, entry, text)
  local line = redis.call("XADD", journal, "*", "hold", entry, "text", text)
  redis.call("HSET", lease, "holds", digits(held.version), "holds_at", line)
end

-- Returns the `last` that it has then.
local function take_over(entry, name)
  take_hold_over(entry, name)
  redis.call("HSET", declared, entry, redis.call("HGET", declared, name) or "")
  local owed = redis.call("HGET", owing, name)
  if owed then
    redis.call("HSET", owing, entry, owed)
    redis.call("HDEL", owing, name)
  end
  local stored = redis.call("HGET", last, name)
  redis.call("HSET", last, entry, stored)
  return stored
end

local answers = {}
local i = 2
while i <= #ARGV do
  local entry, spread, fingerprint, n = ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3])
  local stored = redis.call("HGET", last, entry)
  local name = not stored and former(i + 4, i + 3 + n)
  if name then
    stored = take_over(entry, name)
  end
  i = i + 4 + n
  local known = redis.call("HGET", declared, entry)
  local old_spread, old_fingerprint = string.match(known or "", "^(%d+)|(.*)$")
  if not stored then
    redis.call("HSET", last, entry, digits(math.max(at, looked)))
  elseif known == ANNOUNCED then
    -- Nothing before it was ever due; what was since the cursor may have passed over.
    if tonumber(stored) < looked - tonumber(spread) then
      owe(entry, tonumber(stored), "it was just made")
    end
  elseif not old_spread then
    rise(entry, stored, tonumber(spread), "no longer declared")
  elseif old_fingerprint ~= fingerprint then
    rise(entry, stored, tonumber(old_spread), "the schedule was changed")
  end
  if old_spread and tonumber(old_spread) > tonumber(spread) then
    -- What waited for the rest of the old one is at or before the cursor now, and undecided.
    owe(entry, math.max(tonumber(stored), looked - tonumber(old_spread)), "its spread was shortened")
  end
  if known ~= spread .. "|" .. fingerprint then
    redis.call("HSET", declared, entry, spread .. "|" .. fingerprint)
  end
  answers[#answers + 1] = redis.call("HGET", last, entry)
  answers[#answers + 1] = redis.call("HGET", owing, entry) or ""
end
note_step(lease, ARGV[1])
return answers
