local id, token, now = maybe(), maybe(), arg()
if token then id = call('GET', K .. 'token:' .. token) end
if not id or not live(id, now) then return {} end
return call('HGETALL', proof_key(id))
