local name = arg()
local built_in = call('HGET', K .. 'role:' .. name, 'built_in')
if not built_in then return 'none' end
if built_in == '1' then return 'built_in' end
for _, user in ipairs(call('SMEMBERS', K .. 'role:' .. name .. ':users')) do revoke(user, name) end
for _, id in ipairs(call('SMEMBERS', K .. 'role:' .. name .. ':invitations')) do
  local rest = {}
  for _, role in ipairs(split(call('HGET', invitation_key(id), 'roles'))) do if role ~= name then rest[#rest + 1] = role end end
  call('HSET', invitation_key(id), 'roles', table.concat(rest, ','))
end
call('ZREM', K .. 'roles', name)
call('UNLINK', K .. 'role:' .. name, K .. 'role:' .. name .. ':users', K .. 'role:' .. name .. ':invitations')
return 'done'
