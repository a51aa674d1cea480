-- Send once more what was sent and never started, for the same run.
--
-- KEYS  lease, active, then where messages go
-- ARGV  grant, entry, run ('' under overlap `allow`), then: LPUSH or PUBLISH, index into KEYS, message
--
-- Nothing is decided, and `last` stays. The token is advice: where another run has it, this one is
-- sent all the same, or each would wait for the other.

local lease, active = KEYS[1], KEYS[2]
local entry, run = ARGV[2], ARGV[3]
if not leads(lease, ARGV[1]) then
  return not_leader()
end

if run ~= "" and not holder(active, entry, now()) then
  redis.call("HSET", active, entry, "w|" .. run)
end
for i = 4, #ARGV, 3 do
  redis.call(ARGV[i], KEYS[tonumber(ARGV[i + 1])], ARGV[i + 2])
end
return 1
