local user, purposes, gone = arg(), {}, 0
for _, purpose in ipairs(list()) do purposes[purpose] = true end
for _, id in ipairs(call('SMEMBERS', K .. 'of:' .. user)) do
  if purposes[call('HGET', proof_key(id), 'purpose') or ''] and drop(id) then gone = gone + 1 end
end
return gone
