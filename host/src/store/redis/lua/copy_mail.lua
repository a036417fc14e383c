-- A mail with the number and in the state that it had in another store.
local id, recipient, state, done_at, fields = arg(), arg(), arg(), maybe(), list()
local key = K .. 'mail:' .. id
put(key, fields)
call('ZADD', K .. 'mails', id, id)
call('SADD', K .. 'mails:to:' .. recipient, id)
enter(id, state, done_at)
if state == 'pending' then due(id, { next_at = call('HGET', key, 'next_at'), claimed_until = call('HGET', key, 'claimed_until') or nil }) end
return 1
