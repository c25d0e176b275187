-- Goes before every script. All keys of one session carry its hash tag and so live in one cluster slot.
-- KEYS[1] session   hash: state, token, text, unfinished, updated_at, committed
-- KEYS[2] lease     string with an expiry of its own: who runs the turn
-- KEYS[3] turns     list of the last turns, oldest first
-- KEYS[4] claims    hash: claim id -> JSON {status, by | receipt, arguments}
-- KEYS[5] receipts  list of the claim ids that are done, oldest first
-- KEYS[6] claimed   list of the claim ids of turns that did not commit, and that have no receipt
-- ARGV[1] ttl       seconds that every key but the lease lives after it was last touched
local session, lease, turns, claims, receipts, claimed = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local ttl = ARGV[1]

local function touch()
  for _, key in ipairs({session, turns, claims, receipts, claimed}) do
    redis.call('EXPIRE', key, ttl)
  end
end

-- A lease is good until a newer one was given: an expired lease that nobody followed may still commit.
local function holds(token)
  return redis.call('HGET', session, 'token') == token
end
