local roles = {}
for i, name in ipairs(call('ZRANGE', K .. 'roles', 0, -1)) do roles[i] = { name, call('HGETALL', K .. 'role:' .. name) } end
return roles
