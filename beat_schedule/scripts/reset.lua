-- Set the cursor back, and every entry with it: what is due since then is decided once more.
--
-- KEYS  lease, cursor, last, owing, declared, wake
-- ARGV  the new cursor, UTC ms
--
-- Returns how many entries were set back. Nothing moves forward, and nothing beyond now. The lease
-- is let go, because its leader remembers how far it was: whoever takes it next reads it anew.

local lease, cursor, last, owing, declared, wake =
  KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local to = math.min(tonumber(ARGV[1]), now())

redis.call("SET", cursor, digits(math.min(to, tonumber(redis.call("GET", cursor) or ARGV[1]))))
local moved = 0
local entries = redis.call("HGETALL", last)
for i = 1, #entries, 2 do
  local entry, stored = entries[i], tonumber(entries[i + 1])
  local known = redis.call("HGET", declared, entry)
  local floor = to - (known and tonumber(string.match(known, "^(%d+)|")) or 0)
  if stored > floor then
    redis.call("HSET", last, entry, digits(floor))
    moved = moved + 1
  end
  local owed = redis.call("HGET", owing, entry)
  if owed and tonumber(string.match(owed, "^(%d+)|")) > floor then
    redis.call("HDEL", owing, entry)
  end
end
if redis.call("EXISTS", lease) == 1 then
  redis.call("HSET", lease, "grant", "")
end
redis.call("PUBLISH", wake, "reset")
return moved
