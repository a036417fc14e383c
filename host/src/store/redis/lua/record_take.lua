-- Of several concurrent calls one gets it.
local fields = call('HGETALL', K)
local ends = tonumber(call('HGET', K, 'expires_at') or 0)
if ends <= tonumber(arg()) then return {} end
call('DEL', K)
return fields
