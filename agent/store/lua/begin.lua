-- Hear the messages that joined; when there is none that is new, let nobody join or stop the turn any more.
-- ARGV[2] token, ARGV[3] how many were heard before.
-- Returns {1, ticket, text, ticket, text, ...}, or {0} or {-1} when the lease is lost (see `lost`).
if not holds(ARGV[2]) then return {lost(ARGV[2])} end
local answer = {1}
for _, ticket in ipairs(redis.call('LRANGE', joined, ARGV[3], -1)) do
  answer[#answer + 1] = ticket
  answer[#answer + 1] = said(ticket) or ''
end
redis.call('HSET', session, unpack(#answer == 1 and {'acting', '1'} or {'heard', redis.call('LLEN', joined)}))
touch()
return answer
