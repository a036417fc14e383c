local user, new, created_at = arg(), read_identity(), arg()
if add_identity(user, new, created_at) then return 1 end
return call('HGET', new.key, 'user') == user and 1 or 0
