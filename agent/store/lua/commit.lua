-- Write state and turn, forget the unfinished text, answer those who joined, give the lease back: all or nothing.
-- ARGV[2] token, ARGV[3] state JSON, ARGV[4] turn JSON, ARGV[5] turns to keep, ARGV[6] session id,
-- ARGV[7] seconds that a reply to a joined message lives, then ticket, reply, ticket, reply, ...
-- KEYS[11] the index of sessions; left out on a cluster (another slot).
-- Returns 1, or 0 or -1 when the lease is lost (see `lost`) and nothing was written.
local mark = ARGV[2] .. ':' .. string.sub(redis.sha1hex(ARGV[3] .. ARGV[4]), 1, 12)
if not holds(ARGV[2]) then
  -- A second attempt of a commit whose answer was lost is not a lost lease.
  if redis.call('HGET', session, 'committed') == mark then return 1 end
  return lost(ARGV[2])
end
local now = redis.call('TIME')
local updated_at = string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000))
redis.call('HSET', session, 'state', ARGV[3], 'updated_at', updated_at, 'committed', mark)
redis.call('HDEL', session, 'unfinished')
redis.call('DEL', claimed)
redis.call('RPUSH', turns, ARGV[4])
redis.call('LTRIM', turns, -tonumber(ARGV[5]), -1)
for index = 8, #ARGV, 2 do
  redis.call('HSET', replies, ARGV[index], ARGV[index + 1])
  redis.call('EXPIRE', replies, ARGV[7])
  unqueue(ARGV[index])
end
end_turn()
touch()
if KEYS[11] then
  redis.call('ZADD', KEYS[11], updated_at, ARGV[6])
  redis.call('ZREMRANGEBYSCORE', KEYS[11], '-inf', updated_at - 2000 * ttl)
  redis.call('EXPIRE', KEYS[11], 2 * ttl)
end
return 1
