local user, codes, has_factor = arg(), list(), false
for _, name in ipairs(call('SMEMBERS', K .. 'identities:' .. user)) do
  if call('HGET', K .. 'identity:' .. name, 'is_factor') == '1' then has_factor = true end
end
if not has_factor then return 0 end
call('DEL', K .. 'codes:' .. user)
if #codes > 0 then call('SADD', K .. 'codes:' .. user, unpack(codes)) end
return 1
