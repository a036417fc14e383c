local now, grace, names, every, latest, farthest = tonumber(arg()), tonumber(arg()), list(), list(), list(), list()
local spent = {}
for i, name in ipairs(names) do
  local before = spent[name] or tonumber(call('GET', K .. name) or 0)
  -- Written before a clock was set back.
  if before > tonumber(farthest[i]) then before = 0 end
  if before > tonumber(latest[i]) then return { i, whole(before) } end
  spent[name] = math.max(before, now) + tonumber(every[i])
end
for name, to in pairs(spent) do call('SET', K .. name, whole(to), 'PX', whole(math.max(0, (to - now) / 1000) + grace)) end
return { 0, '0' }
