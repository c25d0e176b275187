-- Write state and turn, forget the unfinished text, give the lease back: all or nothing.
-- ARGV[2] token, ARGV[3] state JSON, ARGV[4] turn JSON, ARGV[5] turns to keep
-- KEYS[7], ARGV[6] the index of sessions and this session's id; left out on a cluster (another slot).
-- Returns 1, or 0 when the lease is lost and nothing was written.
local mark = ARGV[2] .. ':' .. string.sub(redis.sha1hex(ARGV[3] .. ARGV[4]), 1, 12)
if not holds(ARGV[2]) then
  -- A second attempt of a commit whose answer was lost is not a lost lease.
  if redis.call('HGET', session, 'committed') == mark then return 1 end
  return 0
end
local now = redis.call('TIME')
local updated_at = string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000))
redis.call('HSET', session, 'state', ARGV[3], 'updated_at', updated_at, 'committed', mark)
redis.call('HDEL', session, 'text', 'unfinished')
redis.call('HINCRBY', session, 'token', 1) -- the lease is used up
redis.call('DEL', lease, claimed)
redis.call('RPUSH', turns, ARGV[4])
redis.call('LTRIM', turns, -tonumber(ARGV[5]), -1)
touch()
if KEYS[7] then
  redis.call('ZADD', KEYS[7], updated_at, ARGV[6])
  redis.call('ZREMRANGEBYSCORE', KEYS[7], '-inf', updated_at - 2000 * ttl)
  redis.call('EXPIRE', KEYS[7], 2 * ttl)
end
return 1
