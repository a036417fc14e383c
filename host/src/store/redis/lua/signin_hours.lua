local hours = {}
for i, hour in ipairs(call('ZRANGEBYSCORE', K .. 'hours', arg(), '(' .. arg())) do
  hours[i] = { hour, call('HGETALL', K .. 'hour:' .. hour) }
end
return hours
