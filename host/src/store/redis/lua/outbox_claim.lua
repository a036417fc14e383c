local by, now, until_then, most = arg(), arg(), arg(), arg()
local mails = {}
for i, member in ipairs(call('ZRANGEBYSCORE', K .. 'mails:due', '-inf', now, 'LIMIT', 0, most)) do
  local id = string.format('%.0f', tonumber(member))
  local key = K .. 'mail:' .. id
  call('HSET', key, 'claimed_by', by, 'claimed_until', until_then)
  call('HINCRBY', key, 'attempts', 1)
  call('ZADD', K .. 'mails:due', until_then, member)
  mails[i] = { id, call('HGETALL', key) }
end
return mails
