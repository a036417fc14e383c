local user, new, created_at, codes = arg(), read_identity(), arg(), list()
if not add_identity(user, new, created_at) then return false end
local kept = call('SCARD', K .. 'codes:' .. user) == 0
if kept and #codes > 0 then call('SADD', K .. 'codes:' .. user, unpack(codes)) end
return { kept and 1 or 0, call('HGETALL', new.key) }
