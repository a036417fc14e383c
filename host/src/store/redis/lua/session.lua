-- Milliseconds that a session is kept: until its idle end, and then for a while, so that who was signed out hears why.
local function keep(key, until_then, now, stay)
  call('PEXPIRE', key, whole(math.max(0, (tonumber(until_then) - tonumber(now)) / 1000) + tonumber(stay)))
end

-- An index lives as long as the longest of what it names.
local function keep_index(key, until_then, now, stay)
  local wanted = math.max(0, (tonumber(until_then) - tonumber(now)) / 1000) + tonumber(stay)
  if call('PTTL', key) < wanted then call('PEXPIRE', key, whole(wanted)) end
end

local function session_key(id) return K .. 'session:' .. id end

-- False if it had ended before, or is not there.
local function finish(id, ended_at, reason)
  local key = session_key(id)
  local of = call('HMGET', key, 'user', 'ended_at', 'idle_expires_at', 'created_at')
  if not of[1] or of[2] then return false end
  call('HSET', key, 'ended_at', ended_at, 'end_reason', reason)
  call('ZADD', K .. 'ends', whole(math.min(tonumber(ended_at), tonumber(of[3]))), id)
  call('ZREM', K .. 'live', id)
  call('ZREM', K .. 'of:' .. of[1], id)
  call('ZADD', K .. 'over:' .. of[1], of[4], id)
  local left = call('PTTL', key)
  if call('PTTL', K .. 'over:' .. of[1]) < left then call('PEXPIRE', K .. 'over:' .. of[1], left) end
  return true
end

