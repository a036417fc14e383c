local before, most, gone = arg(), arg(), 0
for _, set in ipairs({ ':used', ':revoked', ':open' }) do
  for _, id in ipairs(call('ZRANGEBYSCORE', K .. 'invitations' .. set, '-inf', '(' .. before, 'LIMIT', 0, most)) do
    drop_invitation(id)
    gone = gone + 1
  end
end
return gone
