-- Take over what operators say of entries, where it is newer than what is here.
--
-- KEYS  defined, defined_at, defined_upto, taken_back, last, declared, owing, cursor, then of each
--       clock four: hold, journal, wake, lease; the common clock is the first
-- ARGV  known, upto, then for each: key, version, when it was said, kind, its options as JSON ('' once taken back)
--
-- Returns how many were newer; -1, and nothing is written, when `upto` is given and all up to
-- `known` is not here: what is before the first of these would stay unknown.
-- No lease is needed: the newer version wins, whoever brings it.
-- An entry that was made at run time is announced here: from now on what it is due is owed to it,
-- also while no beat is there to take it up, whose cursor may pass over it meanwhile. Of one that is
-- removed the hold goes too, or it would hold one that is made anew under its key; its `last` stays,
-- or that would be due once more what was decided.

-- In ms: so long it is known of an older state of ours that it is over.
local KEPT = 90 * 24 * 3600 * 1000

-- In ms: so far may the clock of who said it be behind ours.
local BEHIND = 10000

local defined, defined_at, defined_upto, taken_back, last, declared, owing, cursor =
  KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local HOLDS = 9
local hold, wake = KEYS[HOLDS], KEYS[HOLDS + 2]
local known, upto = ARGV[1], ARGV[2]
if upto ~= "" and (redis.call("GET", defined_upto) or "0") ~= known then
  return -1
end

local at = now()
local newest = redis.call("ZREVRANGE", defined_at, 0, 0, "WITHSCORES")[2]
local place = digits(math.max(at, tonumber(newest or "0") + 1))
-- Nil in a Redis that was wiped: there what each entry owes is put back from the record.
local looked = tonumber(redis.call("GET", cursor) or "")

local function announce(key, since)
  local mark = redis.call("HGET", declared, key)
  if not mark or string.sub(mark, 1, 2) == "-|" then
    local before = tonumber(redis.call("HGET", last, key) or "0")
    -- Where this clock went back the cursor is nearer to the time that it is.
    local from = math.max(before, math.min(tonumber(since), math.max(at, looked or at)))
    redis.call("HSET", last, key, digits(from))
    redis.call("HSET", declared, key, ANNOUNCED)
    if looked then
      redis.call("HSET", owing, key, digits(from + 1) .. "|" .. digits(at) .. "|it was just made")
    end
  end
end

-- A hold that is younger is of whatever has that key since.
local function free(key, since)
  local text = redis.call("HGET", hold, key)
  local held = text and cjson.decode(text)
  if held and held.since <= tonumber(since) + BEHIND then
    local over = held["until"] ~= cjson.null and held["until"] or at
    held["until"] = math.max(held.since, math.min(over, at))
    held.why = (held.why == "" and "" or held.why .. "; ") .. "the entry was removed"
    stands(KEYS, HOLDS, key, held, 0)
  end
end

local function take_back(key, since)
  if redis.call("HGET", declared, key) == ANNOUNCED then
    redis.call("HSET", declared, key, "-|" .. digits(at))
    redis.call("HDEL", owing, key)
  end
  free(key, since)
end

local count = 0
for i = 3, #ARGV, 5 do
  local key, version, since, kind, text = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  local stored = string.match(redis.call("HGET", defined, key) or "0|", "^(%d+)|")
  if tonumber(stored) < tonumber(version) then
    redis.call("HSET", defined, key, version .. "|" .. since .. "|" .. kind .. "|" .. text)
    redis.call("ZADD", defined_at, place, key)
    if text == "" then
      redis.call("ZADD", taken_back, digits(at), key)
    else
      redis.call("ZREM", taken_back, key)
    end
    if kind == "entry" then
      if text == "" then
        take_back(key, since)
      else
        announce(key, since)
      end
    end
    count = count + 1
  end
end
if upto ~= "" then
  redis.call("SET", defined_upto, upto)
end
if count > 0 then
  local upto = digits(at - KEPT)
  local old = redis.call("ZRANGEBYSCORE", taken_back, "-inf", upto, "LIMIT", 0, 1000)
  for _, key in ipairs(old) do
    redis.call("HDEL", defined, key)
    redis.call("ZREM", defined_at, key)
    redis.call("ZREM", taken_back, key)
  end
  redis.call("PUBLISH", wake, "defined")
end
return count
