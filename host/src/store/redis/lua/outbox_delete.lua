local id = arg()
local state = call('HGET', K .. 'mail:' .. id, 'state')
if not state or state == 'sent' then return 0 end
drop_mail(id)
return 1
