-- A worker shows that it lives, and which queues it takes.
--
-- KEYS  workers
-- ARGV  its name, what it says of itself
--
-- Returns now.

-- Silent ones are shown for a while, to whoever wonders where they are.
local SHOWN = 10 * 60 * 1000
local workers = KEYS[1]
local at = now()

redis.call("HSET", workers, ARGV[1], digits(at) .. "|" .. ARGV[2])
local others = redis.call("HGETALL", workers)
for i = 1, #others, 2 do
  if math.abs(at - tonumber(string.match(others[i + 1], "^(%d+)|"))) > SHOWN then
    redis.call("HDEL", workers, others[i])
  end
end
return digits(at)
