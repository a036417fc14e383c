local id, provider, entries = arg(), arg(), list()
local key = K .. 'user:' .. id
if call('EXISTS', key) == 0 then return 0 end
for i = 1, #entries, 2 do call('HSETNX', key, 'p:' .. provider .. ':' .. entries[i], entries[i + 1]) end
return 1
