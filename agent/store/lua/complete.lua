-- Store the receipt of a claim, whoever holds the lease now.
-- ARGV[2] claim id, ARGV[3] receipt JSON, ARGV[4] arguments JSON (used only when the claim is not there),
-- ARGV[5] receipts to keep. Returns 1, or 0 when the session was forgotten meanwhile.
if redis.call('EXISTS', session) == 0 then return 0 end
local stored = redis.call('HGET', claims, ARGV[2])
if stored and string.find(stored, '{"status":"done"', 1, true) == 1 then return 1 end
-- JSON is spliced as text: cjson would turn empty lists into objects and cut long numbers.
local at = stored and string.find(stored, ',"arguments":', 1, true)
local rest = at and string.sub(stored, at) or (',"arguments":' .. ARGV[4] .. '}')
redis.call('HSET', claims, ARGV[2], '{"status":"done","receipt":' .. ARGV[3] .. rest)
redis.call('RPUSH', receipts, ARGV[2])
while redis.call('LLEN', receipts) > tonumber(ARGV[5]) do
  redis.call('HDEL', claims, redis.call('LPOP', receipts))
end
touch()
return 1
