local user, email, hash, new, at_time = arg(), arg(), arg(), read_identity(), arg()
local key = user_key(user)
local now = call('HMGET', key, 'email', 'email_verified', 'disabled')
if now[1] ~= email then return { 'none', false } end
if now[3] == '1' then return { 'disabled', false } end
local taken_over = now[2] == '0'
if taken_over then
  -- Everything that the maker of the account may have put there; id, address and roles stay.
  call('HDEL', key, 'display_name', 'locale')
  call('DEL', K .. 'codes:' .. user)
  drop_identities(user)
  drop_profile(user)
  drop_places(user)
end
call('HSET', key, 'email_verified', 1)
call('SET', K .. 'password:' .. user, hash)
-- If it is another's, the password is still this user's, for the other ways in that take one.
add_identity(user, new, at_time)
return { taken_over and 'taken' or 'kept', call('HGETALL', key) }
