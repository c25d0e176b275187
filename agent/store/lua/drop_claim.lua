-- Take a claim back that holds no receipt. ARGV[2] claim id.
local stored = redis.call('HGET', claims, ARGV[2])
if stored and string.find(stored, '{"status":"claimed"', 1, true) == 1 then
  redis.call('HDEL', claims, ARGV[2])
  redis.call('LREM', claimed, 0, ARGV[2])
  touch()
end
return 1
