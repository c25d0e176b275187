-- Claim an action. ARGV[2] token, ARGV[3] claim id, ARGV[4] the claim's JSON, unlike any other by its "by" field.
-- From then on nobody may join or stop the turn.
-- Returns {'lost', 0 or -1 (see `lost`)}, {'new'}, {'done', claim JSON} or {'unknown'}.
if not holds(ARGV[2]) then return {'lost', lost(ARGV[2])} end
redis.call('HSET', session, 'acting', '1')
local stored = redis.call('HGET', claims, ARGV[3])
if not stored then
  redis.call('HSET', claims, ARGV[3], ARGV[4])
  redis.call('RPUSH', claimed, ARGV[3])
  touch()
  return {'new'}
end
if stored == ARGV[4] then return {'new'} end -- a second attempt of the same call
if string.find(stored, '{"status":"done"', 1, true) == 1 then return {'done', stored} end
return {'unknown'}
