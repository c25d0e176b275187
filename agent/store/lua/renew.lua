-- Prolong the lease. ARGV[2] token, ARGV[3] lease in milliseconds.
-- Returns 1, or 0 or -1 when the lease is lost (see `lost`).
if not holds(ARGV[2]) then return lost(ARGV[2]) end
redis.call('SET', lease, ARGV[2], 'PX', ARGV[3])
touch()
return 1
