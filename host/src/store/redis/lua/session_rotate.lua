local id, counter, now, idle, window, stay, fields = arg(), arg(), arg(), arg(), tonumber(arg()), arg(), list()
local key = session_key(id)
local of = call('HMGET', key, 'counter', 'expires_at', 'idle_expires_at', 'ended_at', 'rotated_at', 'user')
local function t(value) return tonumber(value) end
if not of[1] or of[4] or t(now) >= t(of[2]) or t(now) >= t(of[3]) then return { 'gone', false } end
if of[1] == counter then
  local ends = whole(math.min(t(idle), t(of[2])))
  call('HINCRBY', key, 'counter', 1)
  put(key, fields)
  call('HSET', key, 'rotated_at', now, 'idle_expires_at', ends)
  call('ZADD', K .. 'ends', ends, id)
  keep(key, ends, now, stay)
  keep_index(K .. 'of:' .. of[6], ends, now, stay)
  return { 'fresh', call('HGETALL', key) }
end
if t(of[1]) < t(counter) then return { 'gone', false } end
-- The clocks of gateways differ a little, so a time before the rotation counts as early; a window of zero has no retries.
if t(of[1]) == t(counter) + 1 and window > 0 and t(now) - t(of[5]) <= window then
  return { 'again', call('HGETALL', key) }
end
finish(id, now, 'reuse')
return { 'reused', call('HGETALL', key) }
