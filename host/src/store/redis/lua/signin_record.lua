local user, at_time, provider, result, fields = maybe(), arg(), arg(), arg(), list()
local hour, counted = arg(), arg()
-- The account may have been deleted during the attempt; the attempt is remembered all the same.
if user and call('EXISTS', K .. 'user:' .. user) == 0 then user = nil end
local indexes = { 'signins', 'signins:provider:' .. provider, 'signins:result:' .. result }
if user then
  fields[#fields + 1] = 'user'
  fields[#fields + 1] = user
  indexes[#indexes + 1] = 'signins:user:' .. user
end
add_entry(new_entry('signin', 'signins'), at_time, fields, indexes)
call('ZADD', K .. 'hours', hour, hour)
call('HINCRBY', K .. 'hour:' .. hour, provider .. ':' .. counted, 1)
return 1
