local id, token, user, keep, fields = arg(), arg(), maybe(), tonumber(arg()), list()
put(proof_key(id), fields)
call('PEXPIRE', proof_key(id), keep)
call('SET', K .. 'token:' .. token, id, 'PX', keep)
if user then
  call('SADD', K .. 'of:' .. user, id)
  if call('PTTL', K .. 'of:' .. user) < keep then call('PEXPIRE', K .. 'of:' .. user, keep) end
end
return 1
