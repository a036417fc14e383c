local user, role = arg(), arg()
if call('EXISTS', user_key(user)) == 0 or missing_role({ role }) then return 0 end
grant(user, role)
return 1
