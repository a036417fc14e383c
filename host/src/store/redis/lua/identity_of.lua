local ways = {}
for i, name in ipairs(call('SMEMBERS', K .. 'identities:' .. arg())) do ways[i] = call('HGETALL', K .. 'identity:' .. name) end
return ways
