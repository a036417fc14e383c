local name = arg()
local built_in = call('HGET', K .. 'role:' .. name, 'built_in')
if not built_in then return 'none' end
if built_in == '1' then return 'built_in' end
for _, user in ipairs(call('SMEMBERS', K .. 'role:' .. name .. ':users')) do revoke(user, name) end
call('ZREM', K .. 'roles', name)
call('UNLINK', K .. 'role:' .. name, K .. 'role:' .. name .. ':users')
return 'done'
