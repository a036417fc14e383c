local new = read_user()
if new.refused then return new.refused end
local id = create_user(new)
return { 'user', id, call('HGETALL', user_key(id)) }
