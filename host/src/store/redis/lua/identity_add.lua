local user, new, created_at, email, hash = arg(), read_identity(), arg(), maybe(), maybe()
local owner = call('HGET', new.key, 'user')
if owner == user then return { 'own', call('HGETALL', new.key) } end
if owner or call('EXISTS', user_key(user)) == 0 then return { 'identity', false } end
local other = email and call('HGET', K .. 'emails', email)
if other and other ~= user then return { 'email', false } end
add_identity(user, new, created_at)
if email and not call('HGET', user_key(user), 'email') then
  set_email(user, nil, email)
  call('HSET', user_key(user), 'email_verified', 0)
end
if hash then call('SET', K .. 'password:' .. user, hash, 'NX') end
return { 'new', call('HGETALL', new.key) }
