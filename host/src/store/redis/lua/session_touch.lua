local id, idle, now, stay = arg(), tonumber(arg()), arg(), arg()
local key = session_key(id)
local of = call('HMGET', key, 'expires_at', 'idle_expires_at', 'ended_at', 'user')
if not of[1] or of[3] then return 0 end
local ends = whole(math.max(tonumber(of[2]), math.min(idle, tonumber(of[1]))))
call('HSET', key, 'idle_expires_at', ends)
call('ZADD', K .. 'ends', ends, id)
keep(key, ends, now, stay)
keep_index(K .. 'of:' .. of[4], ends, now, stay)
return 1
