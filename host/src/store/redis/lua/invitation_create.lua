local mail, token, email, expires_at, created_by, roles, fields = read_mail(), arg(), arg(), arg(), arg(), list(), list()
if missing_role(roles) then return false end
if call('EXISTS', K .. 'invitation:token:' .. token) == 1 then
  return redis.error_reply('ERR there is an invitation with this token')
end
local id = string.format('%.0f', next_id('invitations'))
local key, of = invitation_key(id), member(id)
put(key, fields)
call('HSET', key, 'id', id)
if call('EXISTS', user_key(created_by)) == 1 then call('HSET', key, 'created_by', created_by) end
for _, role in ipairs(roles) do call('SADD', K .. 'role:' .. role .. ':invitations', of) end
call('SET', K .. 'invitation:token:' .. token, id)
call('ZADD', K .. 'invitations', id, of)
call('ZADD', K .. 'invitations:to:' .. email, id, of)
call('ZADD', K .. 'invitations:open', expires_at, of)
add_mail(mail)
return shown(id)
