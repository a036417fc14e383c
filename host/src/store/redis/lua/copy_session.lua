-- A session with the id that it had in another store.
local id, user, now, stay, created_at, idle, ended, fields = arg(), arg(), arg(), arg(), arg(), arg(), list(), list()
local key = session_key(id)
put(key, fields)
keep(key, idle, now, stay)
call('ZADD', K .. 'live', id, id)
call('ZADD', K .. 'ends', idle, id)
call('ZADD', K .. 'of:' .. user, created_at, id)
keep_index(K .. 'of:' .. user, idle, now, stay)
if #ended > 0 then finish(id, ended[1], ended[2]) end
return 1
