-- An invitation as it was in another store: in the set of its state, by the time that decides it.
local id, token, email, set, at_time, roles, fields = arg(), arg(), arg(), arg(), arg(), list(), list()
local of = member(id)
put(invitation_key(id), fields)
for _, role in ipairs(roles) do call('SADD', K .. 'role:' .. role .. ':invitations', of) end
call('SET', K .. 'invitation:token:' .. token, id)
call('ZADD', K .. 'invitations', id, of)
call('ZADD', K .. 'invitations:to:' .. email, id, of)
call('ZADD', K .. 'invitations:' .. set, at_time, of)
return 1
