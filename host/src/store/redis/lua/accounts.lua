local function user_key(id) return K .. 'user:' .. id end
local function next_id(of) return call('HINCRBY', K .. 'ids', of, 1) end

local function roles_of(id)
  local names = {}
  for name in string.gmatch(call('HGET', user_key(id), 'roles') or '', '[^,]+') do names[#names + 1] = name end
  return names
end

local function set_roles(id, names)
  table.sort(names)
  if #names == 0 then
    call('HDEL', user_key(id), 'roles')
  else
    call('HSET', user_key(id), 'roles', table.concat(names, ','))
  end
end

local function grant(id, role)
  local names = roles_of(id)
  for _, name in ipairs(names) do if name == role then return end end
  names[#names + 1] = role
  set_roles(id, names)
  call('SADD', K .. 'role:' .. role .. ':users', id)
end

local function revoke(id, role)
  local names, rest = roles_of(id), {}
  for _, name in ipairs(names) do if name ~= role then rest[#rest + 1] = name end end
  if #rest == #names then return false end
  set_roles(id, rest)
  call('SREM', K .. 'role:' .. role .. ':users', id)
  return true
end

-- Whether nobody else could act as an administrator without this user.
local function is_last_administrator(id)
  local function acts(user) return call('HGET', user_key(user), 'disabled') == '0' end
  if call('SISMEMBER', K .. 'role:admin:users', id) == 0 or not acts(id) then return false end
  for _, other in ipairs(call('SMEMBERS', K .. 'role:admin:users')) do
    if other ~= id and acts(other) then return false end
  end
  return true
end

-- The name under which the user signs in by `login` stands in the user's hash, too: one read shows a user whole.
local function note_login(user)
  for _, name in ipairs(call('SMEMBERS', K .. 'identities:' .. user)) do
    if string.sub(name, 1, 6) == 'login:' then
      call('HSET', user_key(user), 'login', string.sub(name, 7))
      return
    end
  end
  call('HDEL', user_key(user), 'login')
end

local function identity_key(provider, subject) return K .. 'identity:' .. provider .. ':' .. subject end

-- The fields of a new identity, as they are sent.
local function read_identity()
  local new = { provider = arg(), subject = arg(), is_factor = arg(), private = maybe() }
  new.key = identity_key(new.provider, new.subject)
  return new
end

-- False, and no change, if it is there already, or the user is not.
local function add_identity(user, new, created_at)
  if call('EXISTS', new.key) == 1 or call('EXISTS', user_key(user)) == 0 then return false end
  call('HSET', new.key, 'id', next_id('identities'), 'user', user, 'provider', new.provider, 'subject', new.subject,
    'is_factor', new.is_factor, 'created_at', created_at)
  if new.private then call('HSET', new.key, 'private', new.private) end
  call('SADD', K .. 'identities:' .. user, new.provider .. ':' .. new.subject)
  if new.provider == 'login' then note_login(user) end
  return true
end

local function drop_identity(user, name)
  call('DEL', K .. 'identity:' .. name)
  call('SREM', K .. 'identities:' .. user, name)
  if string.sub(name, 1, 6) == 'login:' then note_login(user) end
end

local function drop_identities(user)
  for _, name in ipairs(call('SMEMBERS', K .. 'identities:' .. user)) do drop_identity(user, name) end
end

-- Profile entries are fields `p:PROVIDER:NAME`; what the user wrote has no provider.
local function drop_profile(user, name)
  for _, field in ipairs(call('HKEYS', user_key(user))) do
    local of = string.match(field, '^p:[^:]*:(.*)$')
    if of and (not name or of == name) then call('HDEL', user_key(user), field) end
  end
end

local function drop_places(user)
  for _, network in ipairs(call('ZRANGE', K .. 'places:' .. user, 0, -1)) do
    call('ZREM', K .. 'places', user .. ' ' .. network)
  end
  call('DEL', K .. 'places:' .. user)
end

local function set_email(user, old, new)
  if old then
    call('HDEL', K .. 'emails', old)
    call('ZREM', K .. 'addresses', old)
  end
  if new then
    call('HSET', K .. 'emails', new, user)
    call('ZADD', K .. 'addresses', 0, new)
    call('HSET', user_key(user), 'email', new)
  else
    call('HDEL', user_key(user), 'email')
  end
end

-- A user without ways in, under an id that nobody has. Roles must exist.
local function keep_user(id, email, fields, hash, roles)
  put(user_key(id), fields)
  if email then set_email(id, nil, email) end
  call('ZADD', K .. 'users', id, id)
  if hash then call('SET', K .. 'password:' .. id, hash) end
  for _, role in ipairs(roles) do grant(id, role) end
end

-- The same, new.
local function make_user(email, fields, hash, roles)
  local id = string.format('%.0f', next_id('users'))
  keep_user(id, email, fields, hash, roles)
  return id
end

-- The first of these roles that does not exist.
local function missing_role(roles)
  for _, role in ipairs(roles) do
    if call('EXISTS', K .. 'role:' .. role) == 0 then return role end
  end
end


-- A new user with the first way in, as it is sent; `refused` says what is taken.
local function read_user()
  local new = { email = maybe(), fields = list(), way = read_identity(), created_at = arg(), hash = maybe(), roles = list() }
  if new.email and call('HEXISTS', K .. 'emails', new.email) == 1 then
    new.refused = { 'email' }
  elseif call('EXISTS', new.way.key) == 1 then
    new.refused = { 'identity' }
  else
    local missing = missing_role(new.roles)
    if missing then new.refused = { 'role', missing } end
  end
  return new
end

local function create_user(new)
  local id = make_user(new.email, new.fields, new.hash, new.roles)
  add_identity(id, new.way, new.created_at)
  return id
end

