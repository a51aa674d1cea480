-- Hold an entry, or all; or change until when.
--
-- KEYS  of each clock four: hold, journal, wake, lease
-- ARGV  entry or `*`, the hold as JSON without its version, the least version it may have
--
-- Returns what stands now. The version rises with each change, so that in the record too the newer
-- one wins; the greatest ever given stands beside the lease, for a hold that is over goes, and
-- with it the id of its line: `advance` drops no hold before that line is drained. Every clock
-- hears of it alike, whichever has the entry.

local target, held, least = ARGV[1], cjson.decode(ARGV[2]), tonumber(ARGV[3])

held.version = math.max(least, now())
for i = 1, #KEYS, 4 do
  local stored = redis.call("HGET", KEYS[i], target)
  local version = stored and cjson.decode(stored).version or 0
  local given = tonumber(redis.call("HGET", KEYS[i + 3], "holds") or "0")
  held.version = math.max(held.version, version + 1, given + 1)
end
local text = cjson.encode(held)
for i = 1, #KEYS, 4 do
  local hold, journal, wake, lease = KEYS[i], KEYS[i + 1], KEYS[i + 2], KEYS[i + 3]
  redis.call("HSET", hold, target, text)
  local line = redis.call("XADD", journal, "*", "hold", target, "text", text)
  redis.call("HSET", lease, "holds", digits(held.version), "holds_at", line)
  redis.call("PUBLISH", wake, "hold " .. target)
end
return text
