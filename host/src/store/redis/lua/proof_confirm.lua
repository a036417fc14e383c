local id, now = arg(), arg()
if not live(id, now) then return 0 end
return call('HSETNX', proof_key(id), 'confirmed_at', now)
