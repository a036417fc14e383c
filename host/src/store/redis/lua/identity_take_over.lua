local user, email, new, created_at = arg(), arg(), read_identity(), arg()
local key = user_key(user)
local now = call('HMGET', key, 'email', 'email_verified', 'disabled')
if now[1] ~= email or now[2] ~= '0' or now[3] ~= '0' then return 0 end
if call('SISMEMBER', K .. 'role:admin:users', user) == 1 then return 0 end
local owner = call('HGET', new.key, 'user')
if owner and owner ~= user then return 0 end
call('HSET', key, 'email_verified', 1)
call('HDEL', key, 'display_name', 'locale')
call('DEL', K .. 'password:' .. user, K .. 'codes:' .. user)
drop_identities(user)
drop_profile(user)
drop_places(user)
add_identity(user, new, created_at)
return 1
