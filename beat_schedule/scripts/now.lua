-- Send a run that somebody asked for by hand: nothing is decided, and `last` stays.
--
-- KEYS  hold, active, then where messages go
-- ARGV  entry, run ('' if nobody follows it), overlap, `force` to send although it is held or '',
--       1 if maintenance of all does not stop it or 0, then: LPUSH or PUBLISH, index into KEYS,
--       message
--
-- Returns
--   sent                   once, also if an earlier try did it and its reply was lost; under `allow`
--                          such a try leaves a second copy, which the gate drops if it knows the run
--   held, target, JSON     of the hold in force; one that only skips the next due time holds no run
--   overlap, run           which of the entry waits or runs

local hold, active = KEYS[1], KEYS[2]
local entry, run, overlap, force = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local goes_on = ARGV[5] == "1"

local refusal = refusal_of(KEYS, 3)
if refusal then
  return refusal
end

local at = now()
if force ~= "force" then
  for _, target in ipairs({ "*", entry }) do
    local text = redis.call("HGET", hold, target)
    local held = text and cjson.decode(text)
    local is_passed = held and goes_on and target == "*" and held.kind == "maintenance"
    if held and held.kind ~= "skip" and not is_passed then
      local till = held["until"]
      if till == cjson.null or at < tonumber(till) then
        return { "held", target, text }
      end
    end
  end
end

if overlap ~= "allow" then
  local other = holder(active, entry, at)
  if other == run then
    return { "sent" }
  end
  if other then
    return { "overlap", other }
  end
  redis.call("HSET", active, entry, "w|" .. run)
end
for i = 6, #ARGV, 3 do
  redis.call(ARGV[i], KEYS[tonumber(ARGV[i + 1])], ARGV[i + 2])
end
return { "sent" }
