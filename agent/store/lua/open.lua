-- Take the lease, note what the user said, load the session.
-- ARGV[2] nonce of this call, ARGV[3] lease in milliseconds, ARGV[4] the user's text
-- Returns {0, milliseconds the lease still runs} when busy, else {1, token, state, unfinished, claimed}.
local holder = redis.call('GET', lease)
if holder and holder ~= ARGV[2] then
  return {0, redis.call('PTTL', lease)}
end
local old = redis.call('HMGET', session, 'state', 'token', 'text', 'unfinished')
local state, token, unfinished = old[1], old[2], old[4]
if not holder then
  unfinished = old[3] or unfinished
  -- Tokens start at the server's clock: they keep growing when a session was forgotten, expired, or when the last
  -- writes of a server were lost. %.0f, because Lua would write 1.7e+15.
  local now = redis.call('TIME')
  local least = now[1] * 1000000 + now[2]
  if token then least = math.max(least, tonumber(token) + 1) end
  token = string.format('%.0f', least)
  redis.call('SET', lease, ARGV[2], 'PX', ARGV[3])
  redis.call('HSET', session, 'token', token, 'text', ARGV[4])
  if unfinished then redis.call('HSET', session, 'unfinished', unfinished) end
  touch()
end
-- Else it is our own lease: the answer to an earlier attempt of this very call was lost on the way.
return {1, token, state, unfinished, redis.call('LRANGE', claimed, 0, -1)}
