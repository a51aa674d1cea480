-- Take over what operators say of entries, where it is newer than what is here.
--
-- KEYS  defined, defined_at, defined_upto, last, declared, then of each clock four: hold, journal,
--       wake, lease; the common clock is the first
-- ARGV  known, upto, then for each: key, version, when it was said, kind, its options as JSON ('' once taken back)
--
-- Returns how many were newer; -1, and nothing is written, when `upto` is given and all up to
-- `known` is not here: what is before the first of these would stay unknown.
-- No lease is needed: the newer version wins, whoever brings it.
-- An entry that was made at run time is announced here: from now on what it is due is owed to it,
-- also while no beat is there to take it up. Of one that is removed the hold goes too, or it would
-- hold one that is made anew under its key.

-- In ms: so far may the clock of who said it be behind ours.
local BEHIND = 10000

local defined, defined_at, defined_upto, last, declared = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local hold, wake = KEYS[6], KEYS[8]
local known, upto = ARGV[1], ARGV[2]
if upto ~= "" and (redis.call("GET", defined_upto) or "0") ~= known then
  return -1
end

local at = now()
local newest = redis.call("ZREVRANGE", defined_at, 0, 0, "WITHSCORES")[2]
local place = digits(math.max(at, tonumber(newest or "0") + 1))

local function announce(key, since)
  local mark = redis.call("HGET", declared, key)
  if not mark or string.sub(mark, 1, 2) == "-|" then
    local before = tonumber(redis.call("HGET", last, key) or "0")
    redis.call("HSET", last, key, digits(math.max(before, math.min(tonumber(since), at))))
    redis.call("HSET", declared, key, ANNOUNCED)
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
    stands(KEYS, 6, key, held, 0)
  end
end

local function take_back(key, since)
  if redis.call("HGET", declared, key) == ANNOUNCED then
    redis.call("HDEL", declared, key)
    redis.call("HDEL", last, key)
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
  redis.call("PUBLISH", wake, "defined")
end
return count
