-- Users after an id, with all that belongs to them.
local after, size, users = arg(), arg(), {}
for i, id in ipairs(call('ZRANGEBYSCORE', K .. 'users', '(' .. after, '+inf', 'LIMIT', 0, size)) do
  local ways = {}
  for place, name in ipairs(call('SMEMBERS', K .. 'identities:' .. id)) do ways[place] = call('HGETALL', K .. 'identity:' .. name) end
  users[i] = {
    id, call('HGETALL', K .. 'user:' .. id), call('GET', K .. 'password:' .. id), ways,
    call('SMEMBERS', K .. 'codes:' .. id), call('ZRANGE', K .. 'places:' .. id, 0, -1, 'WITHSCORES'),
  }
end
return users
