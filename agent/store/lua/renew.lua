-- Prolong the lease. ARGV[2] token, ARGV[3] lease in milliseconds. Returns 1, or 0 when the lease is lost.
if not holds(ARGV[2]) then return 0 end
redis.call('SET', lease, ARGV[2], 'PX', ARGV[3])
touch()
return 1
