local by, now, expires_at, keep = arg(), arg(), arg(), arg()
local ends = call('HGET', K, 'expires_at')
if not ends or tonumber(ends) <= tonumber(now) then
  call('DEL', K)
  call('HSET', K, 'total', 0, 'expires_at', expires_at)
  call('PEXPIRE', K, keep)
end
return call('HINCRBY', K, 'total', by)
