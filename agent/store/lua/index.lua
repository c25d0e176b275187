-- On a cluster only, without the prelude: note in the index of sessions that a session was committed now.
-- KEYS[1] index, ARGV[1] ttl in seconds, ARGV[2] session id
local now = redis.call('TIME')
local updated_at = now[1] * 1000 + math.floor(now[2] / 1000)
redis.call('ZADD', KEYS[1], string.format('%.0f', updated_at), ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', updated_at - 2000 * ARGV[1]))
redis.call('EXPIRE', KEYS[1], 2 * ARGV[1])
return 1
