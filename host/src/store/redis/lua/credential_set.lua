local user, hash = arg(), arg()
if call('EXISTS', K .. 'user:' .. user) == 0 then return 0 end
call('SET', K .. 'password:' .. user, hash)
return 1
