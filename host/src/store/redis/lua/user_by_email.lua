local id = call('HGET', K .. 'emails', arg())
if not id then return false end
return { id, call('HGETALL', K .. 'user:' .. id) }
