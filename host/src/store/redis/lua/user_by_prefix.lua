local prefix, after, offset, size = arg(), maybe(), tonumber(arg()), tonumber(arg())
local addresses = K .. 'addresses'
local first = call('ZLEXCOUNT', addresses, '-', '(' .. prefix)
-- No address goes on with the byte 255.
local last = call('ZLEXCOUNT', addresses, '-', '(' .. prefix .. '\255')
local total, start = last - first, first + offset
if after then
  if call('EXISTS', K .. 'user:' .. after) == 0 then return false end
  local email = call('HGET', K .. 'user:' .. after, 'email')
  start = email and math.max(first, call('ZLEXCOUNT', addresses, '-', '[' .. email)) or last
end
local users = {}
if start < last then
  for i, email in ipairs(call('ZRANGE', addresses, start, math.min(start + size, last) - 1)) do
    local id = call('HGET', K .. 'emails', email)
    users[i] = { id, call('HGETALL', K .. 'user:' .. id) }
  end
end
return { total, users }
