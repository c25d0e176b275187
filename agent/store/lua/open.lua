-- Take the lease, note what the user said, load the session; or stand in the queue, join the running turn, stop it.
-- ARGV[2] ticket: nonce of this call, ARGV[3] lease in milliseconds, ARGV[4] the user's text,
-- ARGV[5] queue | merge | interrupt | reject, ARGV[6] milliseconds that others may join, ARGV[7] turns to load,
-- ARGV[8] 1 at the last attempt, ARGV[9] now as ISO 8601, ARGV[10] bytes that may join a turn, ARGV[11] turns to keep
-- Returns {0, milliseconds the lease still runs, place in the queue or 0 when part of the running turn} when busy,
-- {2, reply} when the turn it joined has answered, else
-- {1, token, state, unfinished, {claim id, its JSON, ...} of turns that did not commit, turns, JSON of the newest done
-- claim}.
local ticket, second = ARGV[2], ARGV[5]
local reply = redis.call('HGET', replies, ticket)
if reply then return {2, reply} end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local holder = redis.call('GET', lease)
local old = redis.call('HMGET', session, 'state', 'token', 'text', 'unfinished', 'acting', 'opened_at', 'merge_until')
local state, token, text, unfinished, acting = old[1], old[2], old[3], old[4], old[5]

if holder ~= ticket then
  local place, gone, others = nil, 0, redis.call('LRANGE', queue, 0, -1)
  for index, other in ipairs(others) do
    if other == ticket then place = index break end
  end
  -- Those before us whose process died: not heard of in time.
  for index = 1, (place or #others + 1) - 1 do
    local entry = redis.call('HGET', waiting, others[index])
    if entry and tonumber(string.match(entry, '^%d+')) > now then break end
    gone = index
  end
  local is_next = gone == (place or #others + 1) - 1
  local stops = holder and second == 'interrupt' and not acting
  if not is_next or (holder and not stops) then
    if not place then
      place = #others + 1
      if ARGV[8] == '1' then return {0, redis.call('PTTL', lease), place} end
      redis.call('RPUSH', queue, ticket)
      local bytes = tonumber(redis.call('HGET', session, 'joined_bytes') or 0) + #ARGV[4]
      local is_open = holder and not acting and old[7] and tonumber(old[7]) >= now
      if second == 'merge' and is_open and bytes <= tonumber(ARGV[10]) then
        redis.call('RPUSH', joined, ticket)
        redis.call('HSET', session, 'joined_bytes', bytes)
      else
        redis.call('HDEL', session, 'merge_until') -- nobody may overtake this one by joining
      end
    elseif is_heard(ticket) then
      place = 0
    elseif ARGV[8] == '1' then
      unqueue(ticket)
      redis.call('LREM', joined, 1, ticket)
      return {0, redis.call('PTTL', lease), place}
    end
    redis.call('HSET', waiting, ticket, string.format('%.0f:', now + ARGV[3]) .. ARGV[4])
    touch()
    return {0, redis.call('PTTL', lease), place}
  end

  if stops then
    -- Its words stay in the transcript; it changed nothing. The fencing token tells it when it next asks.
    local stopped = (redis.call('HGET', session, 'stopped') or '') .. ' ' .. token .. ' '
    redis.call('HSET', session, 'stopped', string.sub(stopped, -200))
    redis.call('RPUSH', turns, '{"number":0,"user":' .. cjson.encode(text or '') .. ',"reply":"","at":"' .. (old[6] or ARGV[9])
      .. '","interrupted":true}')
    redis.call('LTRIM', turns, -tonumber(ARGV[11]), -1)
  else
    unfinished = text or unfinished
  end
  for index = 1, gone do
    unfinished = (unfinished and unfinished .. '\n' or '') .. (said(others[index]) or '')
    unqueue(others[index])
  end
  unqueue(ticket)
  redis.call('HDEL', session, 'acting', 'merge_until', 'joined_bytes', 'heard')
  redis.call('DEL', joined) -- those who had joined a turn that died get turns of their own
  -- Tokens start at the server's clock: they keep growing when a session was forgotten, expired, or when the last
  -- writes of a server were lost. %.0f, because Lua would write 1.7e+15.
  local least = time[1] * 1000000 + time[2]
  if token then least = math.max(least, tonumber(token) + 1) end
  token = string.format('%.0f', least)
  redis.call('SET', lease, ticket, 'PX', ARGV[3])
  redis.call('HSET', session, 'token', token, 'text', ARGV[4], 'opened_at', ARGV[9])
  if unfinished then redis.call('HSET', session, 'unfinished', unfinished) end
  if second == 'merge' then redis.call('HSET', session, 'merge_until', string.format('%.0f', now + ARGV[6])) end
  touch()
end
-- Else it is our own lease: the answer to an earlier attempt of this very call was lost on the way.
local count = tonumber(ARGV[7])
local last = count > 0 and redis.call('LINDEX', receipts, -1)
local left = {}
for _, id in ipairs(redis.call('LRANGE', claimed, 0, -1)) do
  left[#left + 1] = id
  left[#left + 1] = redis.call('HGET', claims, id) or ''
end
return {
  1, token, state, unfinished, left,
  count > 0 and redis.call('LRANGE', turns, -count, -1) or {},
  last and redis.call('HGET', claims, last) or false,
}
