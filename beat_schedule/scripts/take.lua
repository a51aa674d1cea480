-- Take the lease from whoever let it go, or was seen not to renew it.
--
-- KEYS  lease, generation
-- ARGV  owner, hash of what it declares, the grant and renewals it saw, its new grant
--
-- Returns 1, term, now; or 0 and why not. One grant in one history of Redis; the
-- caller has seen the pair unchanged for 5 s of its own monotonic clock. Called again after a lost
-- reply it finds its own grant.

local lease, generation = KEYS[1], KEYS[2]
local owner, mine, seen_grant, seen_renewals, grant = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local at = now()

local held = redis.call("HMGET", lease, "grant", "renewals", "term")
local holds, renewals, term = held[1] or "", held[2] or "0", tonumber(held[3] or "0")

if holds ~= grant then
  if redis.call("HGET", generation, "current") ~= mine then
    return { 0, "another set of entries is in force" }
  end
  if holds ~= "" and not (holds == seen_grant and renewals == seen_renewals) then
    return { 0, "somebody holds it" }
  end
  term = math.max(term + 1, at)
  redis.call(
    "HSET", lease, "grant", grant, "owner", owner, "term", digits(term),
    "since", digits(at), "renewals", "0", "step", ""
  )
end
return { 1, digits(term), digits(at) }
