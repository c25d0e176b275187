-- Give the lease back as if the turn had never opened. ARGV[2] token. Returns 1, or 0 when it was not ours any more.
if not holds(ARGV[2]) then return 0 end
if redis.call('LLEN', claimed) > 0 then
  -- An action of this turn, or of one before it, may have happened: the next turn must hear of it.
  local text = redis.call('HGET', session, 'text')
  if text and redis.call('HEXISTS', session, 'unfinished') == 0 then
    redis.call('HSET', session, 'unfinished', text)
  end
end
end_turn()
local left = redis.call('HMGET', session, 'state', 'unfinished')
if not left[1] and not left[2] and redis.call('EXISTS', claims, turns) == 0 then
  redis.call('DEL', unpack(KEYS, 1, 6)) -- nothing was ever said in it; whoever waits goes on waiting
else
  touch()
end
return 1
