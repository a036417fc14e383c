-- Invitations in sorted sets: all and those to an address by number, those of each state by the time that decides it. Members
-- have sixteen digits, so that those of one time are in the order of their numbers.
local function member(id) return string.format('%016.0f', tonumber(id)) end
local function invitation_key(id) return K .. 'invitation:' .. string.format('%.0f', tonumber(id)) end

-- Who is gone did not make it.
local function shown(id)
  local key = invitation_key(id)
  local fields, seen = call('HGETALL', key), {}
  for i = 1, #fields, 2 do
    if fields[i] ~= 'created_by' or call('EXISTS', K .. 'user:' .. fields[i + 1]) == 1 then
      seen[#seen + 1] = fields[i]
      seen[#seen + 1] = fields[i + 1]
    end
  end
  return seen
end

local function split(names)
  local list = {}
  for name in string.gmatch(names or '', '[^,]+') do list[#list + 1] = name end
  return list
end

local function drop_invitation(id)
  local key, of = invitation_key(id), member(id)
  local found = call('HMGET', key, 'token_hash', 'email', 'roles')
  if not found[1] then return end
  for _, role in ipairs(split(found[3])) do call('SREM', K .. 'role:' .. role .. ':invitations', of) end
  call('ZREM', K .. 'invitations:to:' .. found[2], of)
  for _, set in ipairs({ '', ':open', ':used', ':revoked' }) do call('ZREM', K .. 'invitations' .. set, of) end
  call('DEL', key, K .. 'invitation:token:' .. found[1])
end

