-- Remove lines of the journal that are in the database now.
--
-- KEYS  lease, journal
-- ARGV  grant, then the ids, read on this same connection
--
-- Fenced: after a failover the same id may be that of another line.

if not leads(KEYS[1], ARGV[1]) then
  return not_leader()
end
local gone = 0
for i = 2, #ARGV do
  gone = gone + redis.call("XDEL", KEYS[2], ARGV[i])
end
return gone
