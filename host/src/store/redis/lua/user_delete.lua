local id = arg()
if is_last_administrator(id) then return 'last' end
local key = user_key(id)
if call('EXISTS', key) == 0 then return 'none' end

local email = call('HGET', key, 'email') or nil
if email then
  for _, mail in ipairs(call('SMEMBERS', K .. 'mails:to:' .. email)) do drop_mail(mail) end
end
drop_identities(id)
drop_places(id)
for _, role in ipairs(roles_of(id)) do revoke(id, role) end
set_email(id, email, nil)
call('ZREM', K .. 'users', id)
-- Of the history only the way to the user's part goes here: entries show no user who is gone.
call('UNLINK', key, K .. 'identities:' .. id, K .. 'password:' .. id, K .. 'codes:' .. id, K .. 'signins:user:' .. id)
return 'done'
