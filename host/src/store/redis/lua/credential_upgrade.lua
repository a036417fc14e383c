local key, old, new = K .. 'password:' .. arg(), arg(), arg()
if call('GET', key) ~= old then return 0 end
call('SET', key, new)
return 1
