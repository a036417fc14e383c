local before, most = arg(), arg()
local old = call('ZRANGEBYSCORE', K .. 'places', '-inf', '(' .. before, 'LIMIT', 0, most)
for _, member in ipairs(old) do
  local user, network = string.match(member, '^(%d+) (.*)$')
  call('ZREM', K .. 'places:' .. user, network)
  call('ZREM', K .. 'places', member)
end
return #old
