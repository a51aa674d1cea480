-- Before every script: Redis's own time, the fence, and what several of them read and write.

-- UTC ms. The one place that asks the clock.
local function now()
  local time = redis.call("TIME")
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Numbers are written without an exponent, however large.
local function digits(number)
  return string.format("%.0f", number)
end

local function leads(lease, grant)
  return grant ~= "" and redis.call("HGET", lease, "grant") == grant
end

local function not_leader()
  return redis.error_reply("NOTLEADER another beat holds the lease, or nobody does")
end

-- The passes of a leader are one chain of steps. Each shows `grant|step before|step`, of which the
-- last two are random, and writes itself down at its end: where another one stands, this Redis has
-- gone back meanwhile. (A number would do, but for a Redis that goes back twice.)
local function refused(lease, shown)
  local grant, before = string.match(shown, "^(.*)|(.*)|.*$")
  if not leads(lease, grant) then
    return not_leader()
  end
  if (redis.call("HGET", lease, "step") or "") ~= before then
    return redis.error_reply("WENTBACK this Redis is at an earlier state than it was")
  end
  return nil
end

local function note_step(lease, shown)
  redis.call("HSET", lease, "step", string.match(shown, "([^|]*)$"))
end

-- Let a target be held so. Of each clock there are four keys, from `from` on: hold, journal, wake,
-- lease. Returns what stands now, with its version. That rises with each change, so that in the
-- record too the newer one wins; the greatest ever given stands beside the lease, for a hold that
-- is over goes, and with it the id of its line: `advance` drops no hold before that line is
-- drained. Every clock hears of it alike, whichever has the entry.
local function stands(keys, from, target, held, least)
  held.version = math.max(least, now())
  for i = from, #keys, 4 do
    local stored = redis.call("HGET", keys[i], target)
    local version = stored and cjson.decode(stored).version or 0
    local given = tonumber(redis.call("HGET", keys[i + 3], "holds") or "0")
    held.version = math.max(held.version, version + 1, given + 1)
  end
  local text = cjson.encode(held)
  for i = from, #keys, 4 do
    local hold, journal, wake, lease = keys[i], keys[i + 1], keys[i + 2], keys[i + 3]
    redis.call("HSET", hold, target, text)
    local line = redis.call("XADD", journal, "*", "hold", target, "text", text)
    redis.call("HSET", lease, "holds", digits(held.version), "holds_at", line)
    redis.call("PUBLISH", wake, "hold " .. target)
  end
  return text
end

-- In `declared` of an entry that was made at run time, until a leader has taken it up.
local ANNOUNCED = "+|"

-- For so long, in ms, a worker's word that a run is under way holds.
local TOKEN_LIFE = 15000

-- The run whose token `active` has for this entry; nil where there is none, or an old one. One that
-- is to live longer than any token does was written before the clock stepped back.
local function holder(active, entry, at)
  local token = redis.call("HGET", active, entry)
  if not token then
    return nil
  end
  local phase, run, till = string.match(token, "^(%a)|([^|]*)|?(%d*)$")
  if phase == "r" then
    local left = tonumber(till) - at
    if left < 0 or left > TOKEN_LIFE then
      return nil
    end
  end
  return run
end

-- The error for the first of the keys from `from` on that holds no queue; nil if all of them may.
-- Lua does not roll back, so what could fail is looked at before the first write.
local function refusal_of(keys, from)
  for i = from, #keys do
    local kind = redis.call("TYPE", keys[i]).ok
    if kind ~= "list" and kind ~= "none" then
      return redis.error_reply("WRONGTYPE " .. keys[i] .. " is a " .. kind .. ", not a queue")
    end
  end
  return nil
end

local function decision(journal, entry, first, last, count, what, reason, term, at, sent)
  redis.call(
    "XADD", journal, "*",
    "entry", entry, "first", first, "last", last, "count", count,
    "decision", what, "reason", reason, "term", term, "at", digits(at),
    "run", sent and sent.run or "", "queue", sent and sent.queue or "",
    "step", sent and sent.step or "0", "expires", sent and sent.expires or ""
  )
end

-- What an entry owed, up to `upto` and not before its oldest, is missed. No script can tell how
-- many due times that are: the line has the count 1, and its reason says where it may be more.
local function miss_owed(journal, owing, entry, upto, why, term, at)
  local owed = redis.call("HGET", owing, entry)
  if not owed then
    return
  end
  local first = tonumber(string.match(owed, "^(%d+)|"))
  local last = math.max(upto, first)
  local reason = last > first and why .. ": this and what followed" or why
  decision(journal, entry, digits(first), digits(last), 1, "missed", reason, term, at)
  redis.call("HDEL", owing, entry)
end
