-- Hold an entry, or all; or change until when.
--
-- KEYS  of each clock four: hold, journal, wake, lease
-- ARGV  entry or `*`, the hold as JSON without its version, the least version it may have
--
-- Returns what stands now.

return stands(KEYS, 1, ARGV[1], cjson.decode(ARGV[2]), tonumber(ARGV[3]))
