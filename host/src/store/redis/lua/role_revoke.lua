local user, role = arg(), arg()
if role == 'admin' and is_last_administrator(user) then return 'last' end
return revoke(user, role) and 'done' or 'none'
