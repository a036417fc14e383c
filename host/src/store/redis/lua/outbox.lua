-- Mails in sorted sets: all and those of each state by number, those that wait by when they may be claimed, the others by
-- when they were done.
local function due(id, fields)
  local at_time = math.max(tonumber(fields.next_at), tonumber(fields.claimed_until or 0))
  call('ZADD', K .. 'mails:due', at_time, string.format('%016.0f', tonumber(id)))
end

local function not_due(id) call('ZREM', K .. 'mails:due', string.format('%016.0f', tonumber(id))) end

local function enter(id, state, done_at)
  call('HSET', K .. 'mail:' .. id, 'state', state)
  call('ZADD', K .. 'mails:' .. state, id, id)
  if done_at then call('ZADD', K .. 'mails:' .. state .. ':done', done_at, id) end
end

local function leave(id, state)
  call('ZREM', K .. 'mails:' .. state, id)
  if state == 'pending' then not_due(id) else call('ZREM', K .. 'mails:' .. state .. ':done', id) end
end

local function drop_mail(id)
  local of = call('HMGET', K .. 'mail:' .. id, 'state', 'recipient')
  if not of[1] then return end
  leave(id, of[1])
  call('ZREM', K .. 'mails', id)
  call('SREM', K .. 'mails:to:' .. of[2], id)
  call('DEL', K .. 'mail:' .. id)
end

-- Keeps a mail as it is sent.
local function read_mail() return { recipient = arg(), next_at = arg(), fields = list() } end

local function add_mail(mail)
  local id = string.format('%.0f', call('HINCRBY', K .. 'ids', 'outbox', 1))
  put(K .. 'mail:' .. id, mail.fields)
  call('ZADD', K .. 'mails', id, id)
  call('SADD', K .. 'mails:to:' .. mail.recipient, id)
  enter(id, 'pending')
  due(id, mail)
  return id
end

