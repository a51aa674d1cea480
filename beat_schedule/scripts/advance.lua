-- Move the cursor, once everything up to it is decided or owed.
--
-- KEYS[1]  P cursor
-- KEYS[2]  P owing
-- ARGV[1]  the new cursor, UTC ms
-- ARGV[2]  how many entries owe, then for each: entry, its oldest undecided due time in UTC ms
-- ARGV[..] entries that owe no longer
--
-- Returns the cursor in force. It never falls.

local owing = tonumber(ARGV[2])
for i = 3, 2 + 2 * owing, 2 do
  redis.call("HSET", KEYS[2], ARGV[i], ARGV[i + 1])
end
for i = 3 + 2 * owing, #ARGV do
  redis.call("HDEL", KEYS[2], ARGV[i])
end

local cursor = redis.call("GET", KEYS[1])
if cursor and tonumber(cursor) >= tonumber(ARGV[1]) then
  return cursor
end
redis.call("SET", KEYS[1], ARGV[1])
return ARGV[1]
