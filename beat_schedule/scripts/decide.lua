-- Decide due times: of each entry its messages, its lines in the journal, its token and its `last`
-- change together.
--
-- KEYS  lease, last, hold, active, journal, then where messages go: queue lists and topics
-- ARGV  grant|step before|step, the most lines the journal may hold, then for each entry:
--         key, expected last, spread in ms, overlap, 1 if maintenance of all does not stop it or 0,
--         n, then n items, ascending:
--           first, last, count, what, reason; and if what is `send`:
--           run ('' if nobody follows it), queue, step, expires, m, then m times
--             LPUSH or PUBLISH, index into KEYS, message
--
-- Returns for each entry three words: how it went, its last now, and how many were sent. (What is
-- stored may be less than was asked for: then the rest is still to be decided.)
--   decided  all of it
--   done     its newest was there already: the reply to an earlier try was lost
--   stale    last is not what was expected; nothing was written
--   early    the rest is not due yet by the time that is now
--   waits    the rest waits for a run of the entry to end
--   full     the journal takes no more; nothing was written
-- Nothing is sent before its time by Redis's own clock, nor while it is held, nor without the lease,
-- and an item that is no later than `last`, or than those before it, is passed over.

local lease, last, hold, active, journal = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local refusal = refused(lease, ARGV[1]) or refusal_of(KEYS, 6)
if refusal then
  return refusal
end

local at = now()
local term = redis.call("HGET", lease, "term")
local is_full = redis.call("XLEN", journal) >= tonumber(ARGV[2])
local CAUSES = { paused = "paused", disabled = "disabled", maintenance = "maintenance", skip = "skipped" }

-- Up to when due times are held, and why, by the entry's own hold or that of all.
local function holds_of(entry, goes_on)
  local found = {}
  for _, target in ipairs({ "*", entry }) do
    local text = redis.call("HGET", hold, target)
    local held = text and cjson.decode(text)
    if held and not (goes_on and target == "*" and held.kind == "maintenance") then
      local till = held["until"]
      found[#found + 1] = {
        till = till ~= cjson.null and tonumber(till) or math.huge,
        reason = CAUSES[held.kind] .. " by " .. held.by .. (held.why ~= "" and ": " .. held.why or ""),
      }
    end
  end
  return found
end

local any_hold = redis.call("HLEN", hold) > 0

local function held(holds, due)
  for _, each in ipairs(holds) do
    if due <= each.till then
      return each.reason
    end
  end
end

-- Reads one item at ARGV[i]; returns it and where the next begins.
local function item_at(i)
  local item = {
    first = ARGV[i], last = ARGV[i + 1], count = tonumber(ARGV[i + 2]),
    what = ARGV[i + 3], reason = ARGV[i + 4],
  }
  i = i + 5
  if item.what == "send" then
    item.run, item.queue, item.step, item.expires = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
    item.messages, item.m = i + 5, tonumber(ARGV[i + 4])
    i = i + 5 + 3 * item.m
  end
  return item, i
end

local function write(entry, item, what, reason, sent)
  decision(journal, entry, item.first, item.last, item.count, what, reason, term, at, sent)
end

-- How many it sent, after writing down why if none; nil if it has to wait.
local function send(entry, item, overlap)
  local run = nil
  if overlap ~= "allow" then
    run = holder(active, entry, at)
    if run and run ~= item.run then
      if overlap == "queue" then
        return nil
      end
      write(entry, item, "skipped", "overlap with " .. run)
      return 0
    end
  end
  if not run then
    for i = item.messages, item.messages + 3 * item.m - 1, 3 do
      redis.call(ARGV[i], KEYS[tonumber(ARGV[i + 1])], ARGV[i + 2])
    end
    if overlap ~= "allow" then
      redis.call("HSET", active, entry, "w|" .. item.run)
    end
  end
  write(entry, item, "sent", item.reason, item)
  return 1
end

-- Several held ones in a row are one span.
local function note_held(entry, span)
  if span then
    write(entry, span, "skipped", span.reason)
  end
end

local function decide(entry, expected, spread, overlap, goes_on, items)
  local holds = any_hold and holds_of(entry, goes_on) or {}
  local word, upto, span, count = "decided", expected, nil, 0
  for _, item in ipairs(items) do
    local due = tonumber(item.last) + spread
    if due > at then
      word = "early"
      break
    end
    local reason = held(holds, due)
    if reason then
      if span and span.reason == reason then
        span.last, span.count = item.last, span.count + item.count
      else
        note_held(entry, span)
        span = { first = item.first, last = item.last, count = item.count, reason = reason }
      end
    else
      note_held(entry, span)
      span = nil
      if item.what ~= "send" then
        write(entry, item, item.what, item.reason)
      else
        local sent = send(entry, item, overlap)
        if not sent then
          word = "waits"
          break
        end
        count = count + sent
      end
    end
    upto = item.last
  end
  note_held(entry, span)
  if upto ~= expected then
    redis.call("HSET", last, entry, upto)
  end
  return word, upto, count
end

local answers = {}
local i = 3
while i <= #ARGV do
  local entry, expected, spread, overlap = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3]
  local items, newest = {}, expected
  local goes_on, n = ARGV[i + 4] == "1", tonumber(ARGV[i + 5])
  i = i + 6
  for _ = 1, n do
    local item
    item, i = item_at(i)
    -- Or it would be sent in every pass, without end.
    if tonumber(item.last) > tonumber(newest) then
      items[#items + 1], newest = item, item.last
    end
  end
  local stored = redis.call("HGET", last, entry) or ""
  local word, sent = nil, 0
  if stored == expected then
    if is_full then
      word = "full"
    else
      word, stored, sent = decide(entry, expected, spread, overlap, goes_on, items)
    end
  else
    word = stored == newest and "done" or "stale"
  end
  answers[#answers + 1] = word
  answers[#answers + 1] = stored
  answers[#answers + 1] = sent
end
note_step(lease, ARGV[1])
return answers
