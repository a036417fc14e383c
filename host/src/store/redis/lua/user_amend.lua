local id, set, clear, forget = arg(), list(), list(), list()
local address, flags, hash = list(), list(), maybe()
local key = user_key(id)

-- A way in that is named by the address goes by the new one, unless another account has that already.
local function rename(old, new)
  for _, name in ipairs(call('SMEMBERS', K .. 'identities:' .. id)) do
    local from = K .. 'identity:' .. name
    if call('HGET', from, 'subject') == old then
      local provider = call('HGET', from, 'provider')
      local to = new and identity_key(provider, new)
      if new and call('EXISTS', to) == 0 then
        call('RENAME', from, to)
        call('HSET', to, 'subject', new)
        call('SREM', K .. 'identities:' .. id, name)
        call('SADD', K .. 'identities:' .. id, provider .. ':' .. new)
        if provider == 'login' then note_login(id) end
      else
        drop_identity(id, name)
      end
    end
  end
end

for i = 1, #flags, 2 do
  if flags[i] == 'disabled' and flags[i + 1] == '1' and is_last_administrator(id) then return { 'last', false } end
end
if call('EXISTS', key) == 0 then return { 'none', false } end
local old, new = call('HGET', key, 'email') or nil, address[1]
if new == '' then new = nil end
local moves = #address > 0 and old ~= new
if moves and new and call('HEXISTS', K .. 'emails', new) == 1 then return { 'email', false } end

put(key, set)
if #clear > 0 then call('HDEL', key, unpack(clear)) end
for _, name in ipairs(forget) do drop_profile(id, name) end
if moves then
  set_email(id, old, new)
  call('HSET', key, 'email_verified', 0)
  if old then rename(old, new) end
end
put(key, flags)
if hash then call('SET', K .. 'password:' .. id, hash) end
return { 'done', call('HGETALL', key) }
