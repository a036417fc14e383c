local user, gone = arg(), 0
for _, index in ipairs({ K .. 'of:' .. user, K .. 'over:' .. user }) do
  for _, id in ipairs(call('ZRANGE', index, 0, -1)) do
    gone = gone + call('DEL', session_key(id))
    call('ZREM', K .. 'live', id)
    call('ZREM', K .. 'ends', id)
  end
  call('DEL', index)
end
return gone
