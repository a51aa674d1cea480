-- Decide due times: per entry its messages and its `last` change together.
--
-- KEYS[1]   P last
-- KEYS[2..] where the messages go: queue lists and pub/sub topics
-- ARGV      for each entry: key, expected last, new last, n, then n times: op, index into KEYS, message
--           last is in UTC ms; op is LPUSH or PUBLISH
--
-- Returns one word for each entry:
--   decided  just now
--   done     new last is already there: the reply to an earlier try was lost
--   stale    somebody else decided meanwhile; nothing was written
-- Where nothing is stored Redis was emptied, and the caller knows better.

-- Lua does not roll back, so what could fail is looked at before the first write.
for i = 2, #KEYS do
  local kind = redis.call("TYPE", KEYS[i]).ok
  if kind ~= "list" and kind ~= "none" then
    return redis.error_reply("WRONGTYPE " .. KEYS[i] .. " is a " .. kind .. ", not a queue")
  end
end

local answers = {}
local at = 1
while at <= #ARGV do
  local entry, expected, last, n = ARGV[at], ARGV[at + 1], ARGV[at + 2], tonumber(ARGV[at + 3])
  local messages = at + 4
  local stored = redis.call("HGET", KEYS[1], entry)
  at = messages + 3 * n

  if stored == last then
    answers[#answers + 1] = "done"
  elseif stored and stored ~= expected then
    answers[#answers + 1] = "stale"
  else
    for i = messages, at - 1, 3 do
      redis.call(ARGV[i], KEYS[tonumber(ARGV[i + 1])], ARGV[i + 2])
    end
    redis.call("HSET", KEYS[1], entry, last)
    answers[#answers + 1] = "decided"
  end
end
return answers
