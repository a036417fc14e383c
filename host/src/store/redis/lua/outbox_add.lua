local recipient, next_at, fields = arg(), arg(), list()
local id = string.format('%.0f', call('HINCRBY', K .. 'ids', 'outbox', 1))
put(K .. 'mail:' .. id, fields)
call('ZADD', K .. 'mails', id, id)
call('SADD', K .. 'mails:to:' .. recipient, id)
enter(id, 'pending')
due(id, { next_at = next_at })
return id
