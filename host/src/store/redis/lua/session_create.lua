local group, user, created_at, idle, stay, fields = tonumber(arg()), arg(), arg(), arg(), arg(), list()
-- By the clock, so that not even a Redis that lost its last writes gives an id again.
local place = math.max(tonumber(call('GET', K .. 'last') or 0) + 1, math.floor(tonumber(created_at) / 1000))
call('SET', K .. 'last', whole(place))
local id = whole(place * 256 + group)
put(session_key(id), fields)
keep(session_key(id), idle, created_at, stay)
call('ZADD', K .. 'live', id, id)
call('ZADD', K .. 'ends', idle, id)
call('ZADD', K .. 'of:' .. user, created_at, id)
keep_index(K .. 'of:' .. user, idle, created_at, stay)
return id
