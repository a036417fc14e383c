local before, most = arg(), arg()
local old = call('ZRANGEBYSCORE', K .. 'signins', '-inf', '(' .. before, 'LIMIT', 0, most)
for _, id in ipairs(old) do
  local key = K .. 'signin:' .. id
  local of = call('HMGET', key, 'user', 'provider', 'result')
  if of[1] then call('ZREM', K .. 'signins:user:' .. of[1], id) end
  if of[2] then call('ZREM', K .. 'signins:provider:' .. of[2], id) end
  if of[3] then call('ZREM', K .. 'signins:result:' .. of[3], id) end
  call('ZREM', K .. 'signins', id)
  call('DEL', key)
end
return #old
