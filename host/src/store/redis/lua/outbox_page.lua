local set, after, offset, size = K .. arg(), maybe(), tonumber(arg()), tonumber(arg())
local start, mails = offset, {}
if after then start = call('ZCOUNT', set, after, '+inf') end
local shown = { 'recipient', 'template', 'state', 'attempts', 'next_at', 'last_error', 'created_at', 'done_at' }
for i, id in ipairs(call('ZREVRANGE', set, start, start + size)) do
  local fields = {}
  for place, value in ipairs(call('HMGET', K .. 'mail:' .. id, unpack(shown))) do
    if value then
      fields[#fields + 1] = shown[place]
      fields[#fields + 1] = value
    end
  end
  mails[i] = { id, fields }
end
return { call('ZCARD', set), mails }
