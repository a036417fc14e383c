-- A stretch of a sorted set, with the hash that each member leads to. `plain` members lead to it as numbers without zeros before
-- them; whoever `owner` names is left out if gone.
local index, kind, plain, owner, first, last = K .. arg(), arg(), arg() == '1', arg(), arg(), arg()
local found = {}
for i, member in ipairs(call('ZRANGE', index, first, last)) do
  local name = plain and string.format('%.0f', tonumber(member)) or member
  local fields, kept = call('HGETALL', K .. kind .. ':' .. name), {}
  for at_field = 1, #fields, 2 do
    if fields[at_field] ~= owner or call('EXISTS', K .. 'user:' .. fields[at_field + 1]) == 1 then
      kept[#kept + 1] = fields[at_field]
      kept[#kept + 1] = fields[at_field + 1]
    end
  end
  found[i] = { name, kept }
end
return found
