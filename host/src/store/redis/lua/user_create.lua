local email, fields, new, created_at, hash, roles = maybe(), list(), read_identity(), arg(), maybe(), list()
if email and call('HEXISTS', K .. 'emails', email) == 1 then return { 'email' } end
if call('EXISTS', new.key) == 1 then return { 'identity' } end
local missing = missing_role(roles)
if missing then return { 'role', missing } end
local id = make_user(email, fields, hash, roles)
add_identity(id, new, created_at)
return { 'user', id, call('HGETALL', user_key(id)) }
