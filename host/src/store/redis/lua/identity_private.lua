local key, private = K .. 'identity:' .. arg() .. ':' .. arg(), maybe()
if call('EXISTS', key) == 0 then return 0 end
if private then call('HSET', key, 'private', private) else call('HDEL', key, 'private') end
return 1
