local function proof_key(id) return K .. 'proof:' .. id end

-- Its fields, if it has not expired.
local function live(id, now)
  local ends = call('HGET', proof_key(id), 'expires_at')
  return ends and tonumber(ends) > tonumber(now)
end

local function drop(id)
  local of = call('HMGET', proof_key(id), 'token_hash', 'user')
  if not of[1] then return false end
  call('DEL', proof_key(id), K .. 'token:' .. of[1])
  if of[2] then call('SREM', K .. 'of:' .. of[2], id) end
  return true
end

