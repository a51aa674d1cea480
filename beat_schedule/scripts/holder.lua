-- Which run of an entry waits or is under way, by its token; nothing is changed.
--
-- KEYS  active
-- ARGV  entry
--
-- Returns the run, or nothing.

return holder(KEYS[1], ARGV[1], now())
