local after, start, size = maybe(), tonumber(arg()), tonumber(arg())
if after then start = call('ZCOUNT', K .. 'users', '-inf', after) end
local users = {}
for i, id in ipairs(call('ZRANGE', K .. 'users', start, start + size - 1)) do
  users[i] = { id, call('HGETALL', K .. 'user:' .. id) }
end
return { call('ZCARD', K .. 'users'), users }
