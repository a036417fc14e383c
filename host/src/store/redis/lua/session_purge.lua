local before, most, gone = arg(), arg(), 0
local ids = call('ZRANGEBYSCORE', K .. 'ends', '-inf', '(' .. before, 'LIMIT', 0, most)
for _, id in ipairs(ids) do
  local user = call('HGET', session_key(id), 'user')
  if user then
    call('ZREM', K .. 'of:' .. user, id)
    call('ZREM', K .. 'over:' .. user, id)
    gone = gone + 1
  end
  call('DEL', session_key(id))
  call('ZREM', K .. 'live', id)
  call('ZREM', K .. 'ends', id)
end
return { #ids, gone }
