local hour, name, count = arg(), arg(), arg()
call('ZADD', K .. 'hours', hour, hour)
call('HSET', K .. 'hour:' .. hour, name, count)
return 1
