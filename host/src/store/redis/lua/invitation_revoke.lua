local id, revoked_at = arg(), arg()
local key = invitation_key(id)
if call('EXISTS', key) == 0 then return 'none' end
if call('HEXISTS', key, 'used_at') == 1 then return 'used' end
if call('HSETNX', key, 'revoked_at', revoked_at) == 1 then
  call('ZREM', K .. 'invitations:open', member(id))
  call('ZADD', K .. 'invitations:revoked', revoked_at, member(id))
end
return 'done'
