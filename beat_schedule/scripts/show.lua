-- A worker shows that it lives, which queues it takes, and which tasks it knows.
--
-- KEYS  workers, tasks
-- ARGV  its name, what it says of itself, and if it says which tasks it knows: the digest of their
--       names that stands in that, and the names; else twice ''
--
-- Returns now.

-- Silent ones are shown for a while, to whoever wonders where they are.
local SHOWN = 10 * 60 * 1000
local workers, tasks = KEYS[1], KEYS[2]
local digest, names = ARGV[3], ARGV[4]
local at = now()

redis.call("HSET", workers, ARGV[1], digits(at) .. "|" .. ARGV[2])
local others = redis.call("HGETALL", workers)
for i = 1, #others, 2 do
  if math.abs(at - tonumber(string.match(others[i + 1], "^(%d+)|"))) > SHOWN then
    redis.call("HDEL", workers, others[i])
  end
end

-- Workers of one kind know the same. What nobody says any more goes with the first new set.
if digest ~= "" and redis.call("HSETNX", tasks, digest, names) == 1 then
  local said = {}
  for _, text in ipairs(redis.call("HVALS", workers)) do
    said[cjson.decode(string.match(text, "^%d+|(.*)$")).tasks or ""] = true
  end
  for _, known in ipairs(redis.call("HKEYS", tasks)) do
    if not said[known] then
      redis.call("HDEL", tasks, known)
    end
  end
end
return digits(at)
