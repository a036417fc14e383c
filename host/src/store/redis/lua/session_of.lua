local user, now, sessions = arg(), tonumber(arg()), {}
local index = K .. 'of:' .. user
for _, id in ipairs(call('ZREVRANGE', index, 0, -1)) do
  local idle = call('HGET', session_key(id), 'idle_expires_at')
  if not idle then
    call('ZREM', index, id)
  elseif tonumber(idle) > now then
    sessions[#sessions + 1] = { id, call('HGETALL', session_key(id)) }
  end
end
return sessions
