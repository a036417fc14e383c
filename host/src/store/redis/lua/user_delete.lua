local id = arg()
if is_last_administrator(id) then return 'last' end
local key = user_key(id)
if call('EXISTS', key) == 0 then return 'none' end

local email = call('HGET', key, 'email') or nil
if email then
  for _, mail in ipairs(call('SMEMBERS', K .. 'mails:to:' .. email)) do drop_mail(mail) end
end
-- The invitation that made the user goes along; those to an address that is not known to be the user's stay.
local made_by = call('HGET', key, 'invitation')
if made_by and call('HGET', invitation_key(made_by), 'used_by') == id then drop_invitation(made_by) end
if email and call('HGET', key, 'email_verified') == '1' then
  for _, invitation in ipairs(call('ZRANGE', K .. 'invitations:to:' .. email, 0, -1)) do drop_invitation(invitation) end
end
drop_identities(id)
drop_places(id)
for _, role in ipairs(roles_of(id)) do revoke(id, role) end
set_email(id, email, nil)
call('ZREM', K .. 'users', id)
-- Of the history only the way to the user's part goes here: entries show no user who is gone.
call('UNLINK', key, K .. 'identities:' .. id, K .. 'password:' .. id, K .. 'codes:' .. id, K .. 'signins:user:' .. id)
return 'done'
