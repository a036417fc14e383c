local id, most, now = arg(), arg(), arg()
if not live(id, now) or tonumber(call('HGET', proof_key(id), 'attempts')) >= tonumber(most) then return {} end
call('HINCRBY', proof_key(id), 'attempts', 1)
return call('HGETALL', proof_key(id))
