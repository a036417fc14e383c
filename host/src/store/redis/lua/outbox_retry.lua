local id, next_at, give_up_at = arg(), arg(), arg()
local key = K .. 'mail:' .. id
local state = call('HGET', key, 'state')
if not state or state == 'sent' then return 0 end
leave(id, state)
call('HDEL', key, 'done_at')
call('HSET', key, 'next_at', next_at, 'give_up_at', give_up_at)
enter(id, 'pending')
due(id, { next_at = next_at, claimed_until = call('HGET', key, 'claimed_until') })
return 1
