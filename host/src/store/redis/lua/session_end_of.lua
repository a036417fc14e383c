local user, except, ended_at, reason, ended = arg(), maybe(), arg(), arg(), {}
for _, id in ipairs(call('ZRANGE', K .. 'of:' .. user, 0, -1)) do
  if id ~= except and finish(id, ended_at, reason) then ended[#ended + 1] = id end
end
return ended
