local id, asked = arg(), list()
if is_last_administrator(id) then return 'last' end
local key = user_key(id)
if call('EXISTS', key) == 0 then return 'none' end

-- To an address that the user only asked for, and that may be somebody else's, nothing but that question goes.
local function drop_mails(recipient, template)
  for _, mail in ipairs(call('SMEMBERS', K .. 'mails:to:' .. recipient)) do
    if not template or call('HGET', K .. 'mail:' .. mail, 'template') == template then drop_mail(mail) end
  end
end

local email = call('HGET', key, 'email') or nil
if email then drop_mails(email) end
for _, address in ipairs(asked) do drop_mails(address, 'email-change-new') end
drop_identities(id)
drop_places(id)
for _, role in ipairs(roles_of(id)) do revoke(id, role) end
set_email(id, email, nil)
call('ZREM', K .. 'users', id)
-- Of the history only the way to the user's part goes here: entries show no user who is gone.
call('UNLINK', key, K .. 'identities:' .. id, K .. 'password:' .. id, K .. 'codes:' .. id, K .. 'signins:user:' .. id)
return 'done'
