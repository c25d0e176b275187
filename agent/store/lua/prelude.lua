-- Goes before every script. All keys of one session carry its hash tag and so live in one cluster slot.
-- KEYS[1] session   hash: state, updated_at, committed, token, stopped (tokens of the turns that newer messages stopped
--                   last, each between spaces); and of the turn that is open or was left behind: text, unfinished, opened_at (ISO),
--                   acting (nobody may join or stop it), merge_until (ms), joined_bytes, heard (how many of `joined`)
-- KEYS[2] lease     string with an expiry of its own: who runs the turn
-- KEYS[3] turns     list of the last turns, oldest first
-- KEYS[4] claims    hash: claim id -> JSON {status, by | receipt, arguments}
-- KEYS[5] receipts  list of the claim ids that are done, oldest first
-- KEYS[6] claimed   list of the claim ids of turns that did not commit, done or not
-- KEYS[7] queue     list of the tickets of the messages that wait, in the order in which they came
-- KEYS[8] waiting   hash: ticket -> "MS:TEXT", when it is passed over unless heard of again, and what it says
-- KEYS[9] joined    list of the tickets that joined the turn that is open
-- KEYS[10] replies  hash: ticket -> the reply to a message that joined; lives a minute
-- ARGV[1] ttl       seconds that every key but the lease and the replies lives after it was last touched
local session, lease, turns, claims, receipts, claimed = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local queue, waiting, joined, replies = KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local ttl = ARGV[1]

local function touch()
  for _, key in ipairs({session, turns, claims, receipts, claimed, queue, waiting, joined}) do
    redis.call('EXPIRE', key, ttl)
  end
end

-- A lease is good until a newer one was given: an expired lease that nobody followed may still commit.
local function holds(token)
  return redis.call('HGET', session, 'token') == token
end

-- What a script returns for a lease that does not hold: -1 when a newer message stopped the turn, else 0.
local function lost(token)
  return string.find(redis.call('HGET', session, 'stopped') or '', ' ' .. token .. ' ', 1, true) and -1 or 0
end

-- The lease is used up and the turn's own marks are gone; those who joined it are left waiting.
local function end_turn()
  redis.call('HINCRBY', session, 'token', 1)
  redis.call('HDEL', session, 'text', 'opened_at', 'acting', 'merge_until', 'joined_bytes', 'heard')
  redis.call('DEL', lease, joined)
end

-- A waiting message no longer waits.
local function unqueue(ticket)
  redis.call('LREM', queue, 1, ticket)
  redis.call('HDEL', waiting, ticket)
end

-- What a waiting message says.
local function said(ticket)
  local entry = redis.call('HGET', waiting, ticket)
  return entry and string.sub(entry, string.find(entry, ':', 1, true) + 1)
end

-- Whether the open turn has heard a message that joined it, so that the message is part of that turn.
local function is_heard(ticket)
  local heard = tonumber(redis.call('HGET', session, 'heard') or 0)
  for _, each in ipairs(heard > 0 and redis.call('LRANGE', joined, 0, heard - 1) or {}) do
    if each == ticket then return true end
  end
  return false
end
