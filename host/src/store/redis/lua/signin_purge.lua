local before, most, hour = arg(), arg(), arg()
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
for _, over in ipairs(call('ZRANGEBYSCORE', K .. 'hours', '-inf', '(' .. hour)) do
  call('ZREM', K .. 'hours', over)
  call('DEL', K .. 'hour:' .. over)
end
return #old
