local state, email, now, after = arg(), maybe(), arg(), maybe()
local offset, size, passes = tonumber(arg()), tonumber(arg()), tonumber(arg())

-- How one stands: the reverse of what the sets say.
local function state_of(id)
  local of = call('HMGET', invitation_key(id), 'used_at', 'revoked_at', 'expires_at')
  if of[1] then return 'used' end
  if of[2] then return 'revoked' end
  return tonumber(of[3] or 0) <= tonumber(now) and 'expired' or 'pending'
end

local function page_of(ids)
  local found = {}
  for i, id in ipairs(ids) do found[i] = shown(id) end
  return found
end

-- To one address there are few.
if email then
  local total, ids = 0, {}
  for _, id in ipairs(call('ZREVRANGE', K .. 'invitations:to:' .. email, 0, passes - 1)) do
    if state == 'all' or state_of(id) == state then
      total = total + 1
      local behind = not after or tonumber(id) < tonumber(after)
      if behind and offset > 0 then
        offset = offset - 1
      elseif behind and #ids <= size then
        ids[#ids + 1] = id
      end
    end
  end
  return { total, page_of(ids) }
end

local sets = { all = '', pending = ':open', expired = ':open', used = ':used', revoked = ':revoked' }
local times = { pending = 'expires_at', expired = 'expires_at', used = 'used_at', revoked = 'revoked_at' }
local set = K .. 'invitations' .. sets[state]
local least, most = '-inf', '+inf'
if state == 'pending' then least = '(' .. now end
if state == 'expired' then most = now end
local total = call('ZCOUNT', set, least, most)
local first = most == '+inf' and 0 or call('ZCOUNT', set, '(' .. most, '+inf')
local start = first + offset
if after then
  local place = after
  if times[state] then place = call('HGET', invitation_key(after), times[state]) end
  if not place then return { total, {} } end
  start = call('ZCOUNT', set, '(' .. place, '+inf')
  for _, id in ipairs(call('ZREVRANGEBYSCORE', set, place, place)) do
    if id >= member(after) then start = start + 1 end
  end
  start = math.max(start, first)
end
local last = math.min(start + size, first + total - 1)
if start > last then return { total, {} } end
return { total, page_of(call('ZREVRANGE', set, start, last)) }
