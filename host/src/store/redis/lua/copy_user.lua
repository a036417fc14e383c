-- A user with the id and all that it had in another store.
local id, email, fields, hash, roles = arg(), maybe(), list(), maybe(), list()
keep_user(id, email, fields, hash, roles)
for _ = 1, tonumber(arg()) do
  local provider, subject = arg(), arg()
  put(identity_key(provider, subject), list())
  call('SADD', K .. 'identities:' .. id, provider .. ':' .. subject)
end
note_login(id)
local codes, places = list(), list()
for _, code in ipairs(codes) do call('SADD', K .. 'codes:' .. id, code) end
for i = 1, #places, 2 do
  call('ZADD', K .. 'places:' .. id, places[i + 1], places[i])
  call('ZADD', K .. 'places', places[i + 1], id .. ' ' .. places[i])
end
return 1
