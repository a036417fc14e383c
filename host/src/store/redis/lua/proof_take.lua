local id, now = arg(), arg()
if not live(id, now) then return {} end
local fields = call('HGETALL', proof_key(id))
drop(id)
return fields
