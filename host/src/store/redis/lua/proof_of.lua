local user, now, proofs = arg(), arg(), {}
for _, id in ipairs(call('SMEMBERS', K .. 'of:' .. user)) do
  if live(id, now) then
    proofs[#proofs + 1] = call('HGETALL', proof_key(id))
  elseif call('EXISTS', proof_key(id)) == 0 then
    call('SREM', K .. 'of:' .. user, id)
  end
end
return proofs
