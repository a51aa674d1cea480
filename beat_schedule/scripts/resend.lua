-- Send once more what was sent and never started, for the same run.
--
-- KEYS  lease, active, then where messages go
-- ARGV  grant, entry, run ('' under overlap `allow`), then: LPUSH or PUBLISH, index into KEYS, message
--
-- Returns 1 if it was sent; 0 if another run has the entry's token by now. Nothing is decided, and
-- `last` stays.

local lease, active = KEYS[1], KEYS[2]
local entry, run = ARGV[2], ARGV[3]
if not leads(lease, ARGV[1]) then
  return not_leader()
end

if run ~= "" then
  local other = holder(active, entry, now())
  if other and other ~= run then
    return 0
  end
  if not other then
    redis.call("HSET", active, entry, "w|" .. run)
  end
end
for i = 4, #ARGV, 3 do
  redis.call(ARGV[i], KEYS[tonumber(ARGV[i + 1])], ARGV[i + 2])
end
return 1
