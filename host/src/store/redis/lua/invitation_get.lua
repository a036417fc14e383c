local id, token = maybe(), maybe()
if token then id = call('GET', K .. 'invitation:token:' .. token) end
return id and shown(id) or {}
