local keys = {}
for i, kid in ipairs(call('ZRANGE', K .. 'active', 0, -1)) do keys[i] = { kid, call('HGETALL', K .. 'key:' .. kid) } end
return keys
