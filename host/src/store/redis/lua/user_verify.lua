local id, email = arg(), arg()
local key = K .. 'user:' .. id
if call('HGET', key, 'email') ~= email then return {} end
call('HSET', key, 'email_verified', 1)
return call('HGETALL', key)
