local file, lines, created_at, users = arg(), maybe(), arg(), {}
for i = 1, tonumber(arg()) do
  local user = { email = maybe(), fields = list(), hash = maybe(), roles = list(), ways = {} }
  for way = 1, tonumber(arg()) do user.ways[way] = read_identity() end
  local missing = missing_role(user.roles)
  if missing then return { 'role', missing } end
  users[i] = user
end

local function is_new(user)
  if user.email and call('HEXISTS', K .. 'emails', user.email) == 1 then return false end
  for _, way in ipairs(user.ways) do if call('EXISTS', way.key) == 1 then return false end end
  return true
end

local made = { 'made' }
for i, user in ipairs(users) do
  if is_new(user) then
    local id = make_user(user.email, user.fields, user.hash, user.roles)
    for _, way in ipairs(user.ways) do add_identity(id, way, created_at) end
    made[i + 1] = '1'
  else
    made[i + 1] = '0'
  end
end
if lines then call('HSET', K .. 'imports', file, lines) else call('HDEL', K .. 'imports', file) end
return made
