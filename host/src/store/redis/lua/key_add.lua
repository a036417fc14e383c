local first, kid, active_from, fields = arg(), arg(), arg(), list()
if first == '1' and call('ZCARD', K .. 'active') > 0 then return 0 end
if call('EXISTS', K .. 'key:' .. kid) == 1 then return redis.error_reply('ERR there is a key of this name') end
put(K .. 'key:' .. kid, fields)
call('ZADD', K .. 'active', active_from, kid)
return 1
