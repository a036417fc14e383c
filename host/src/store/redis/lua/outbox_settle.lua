local id, by, now, outcome = arg(), arg(), arg(), arg()
local next_at, problem = maybe(), maybe()
local key = K .. 'mail:' .. id
if call('HGET', key, 'claimed_by') ~= by then return 0 end
call('HDEL', key, 'claimed_by', 'claimed_until')
if outcome == 'sent' or outcome == 'failed' then
  leave(id, 'pending')
  call('HSET', key, 'done_at', now)
  enter(id, outcome, now)
end
if outcome == 'sent' then call('HDEL', key, 'sealed', 'last_error') end
if problem then call('HSET', key, 'last_error', problem) end
if outcome == 'deferred' then call('HSET', key, 'next_at', next_at) end
if outcome == 'released' then call('HINCRBY', key, 'attempts', -1) end
if outcome == 'deferred' or outcome == 'released' then due(id, { next_at = call('HGET', key, 'next_at') }) end
return 1
