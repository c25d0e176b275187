-- Give the lease back as if the turn had never opened. ARGV[2] token. Returns 1, or 0 when it was not ours any more.
if not holds(ARGV[2]) then return 0 end
redis.call('HINCRBY', session, 'token', 1)
redis.call('DEL', lease)
if redis.call('LLEN', claimed) > 0 then
  -- An action of this turn, or of one before it, may have happened: the next turn must hear of it.
  local text = redis.call('HGET', session, 'text')
  if text and redis.call('HEXISTS', session, 'unfinished') == 0 then
    redis.call('HSET', session, 'unfinished', text)
  end
end
redis.call('HDEL', session, 'text')
local left = redis.call('HMGET', session, 'state', 'unfinished')
if not left[1] and not left[2] and redis.call('EXISTS', claims) == 0 then
  redis.call('DEL', unpack(KEYS, 1, 6)) -- nothing was ever said in it
else
  touch()
end
return 1
