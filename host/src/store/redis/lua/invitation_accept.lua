local token, has_mail = arg(), arg()
local mail = has_mail == '1' and read_mail() or nil
local new = read_user()
local id = call('GET', K .. 'invitation:token:' .. token)
if not id then return { 'none' } end
local key = invitation_key(id)
local of = call('HMGET', key, 'used_at', 'revoked_at', 'expires_at', 'roles')
if of[1] then return { 'used' } end
if of[2] then return { 'revoked' } end
if tonumber(of[3]) <= tonumber(new.created_at) then return { 'expired' } end
if new.refused then return new.refused end
for _, role in ipairs(split(of[4])) do new.roles[#new.roles + 1] = role end
local user = create_user(new)
call('HSET', user_key(user), 'invitation', id)
call('HSET', key, 'used_at', new.created_at, 'used_by', user)
call('ZREM', K .. 'invitations:open', member(id))
call('ZADD', K .. 'invitations:used', new.created_at, member(id))
if mail then add_mail(mail) end
return { 'user', user, call('HGETALL', user_key(user)) }
