local user, id, vouching = arg(), arg(), {}
for _, provider in ipairs(list()) do vouching[provider] = true end
local gone, ways, factors, secrets = nil, 0, 0, 0
local function is_factor(key) return call('HGET', key, 'is_factor') == '1' end
local function needs_password(key) return not is_factor(key) and not vouching[call('HGET', key, 'provider')] end
for _, name in ipairs(call('SMEMBERS', K .. 'identities:' .. user)) do
  local key = K .. 'identity:' .. name
  if call('HGET', key, 'id') == id then
    gone = name
  elseif is_factor(key) then
    factors = factors + 1
  else
    ways = ways + 1
    if needs_password(key) then secrets = secrets + 1 end
  end
end
if not gone then return { 'none', false } end
local key = K .. 'identity:' .. gone
local fields, factor, secret = call('HGETALL', key), is_factor(key), needs_password(key)
if not factor and ways == 0 then return { 'last', false } end
drop_identity(user, gone)
if secret and secrets == 0 then call('DEL', K .. 'password:' .. user) end
if factor and factors == 0 then call('DEL', K .. 'codes:' .. user) end
return { 'done', fields }
