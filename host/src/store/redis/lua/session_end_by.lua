local after, most, provider, digest, ended_at, reason = arg(), arg(), arg(), maybe(), arg(), arg()
local ids, ended = call('ZRANGEBYSCORE', K .. 'live', '(' .. after, '+inf', 'LIMIT', 0, most), {}
for _, id in ipairs(ids) do
  local of = call('HMGET', session_key(id), 'amr', 'provider_digest')
  if not of[1] then
    call('ZREM', K .. 'live', id)
  elseif not digest or of[2] == digest then
    for _, name in ipairs(cjson.decode(of[1])) do
      if name == provider then
        if finish(id, ended_at, reason) then ended[#ended + 1] = id end
        break
      end
    end
  end
end
return { ids[#ids] or false, ended }
