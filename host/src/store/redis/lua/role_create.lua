local name, description, built_in = arg(), arg(), arg()
local key = K .. 'role:' .. name
if call('EXISTS', key) == 1 then return 0 end
call('HSET', key, 'description', description, 'built_in', built_in)
call('ZADD', K .. 'roles', 0, name)
return 1
