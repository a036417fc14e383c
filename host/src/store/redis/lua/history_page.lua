-- One sorted set is walked from its newest entry on. What else is asked for is looked for in the entries, of which one call
-- passes so many: where there are more, the page says where to go on.
local kind, index, after, offset, size = arg(), arg(), maybe(), tonumber(arg()), tonumber(arg())
local counted, passes, conditions = tonumber(arg()), tonumber(arg()), list()
local set = K .. index

local function matches(key)
  for i = 1, #conditions, 2 do
    if call('HGET', key, conditions[i]) ~= conditions[i + 1] then return false end
  end
  return true
end

local function entry(id)
  local key = K .. kind .. ':' .. id
  local fields = call('HGETALL', key)
  for i = 1, #fields, 2 do
    if fields[i] == 'user' and kind == 'signin' and call('EXISTS', K .. 'user:' .. fields[i + 1]) == 0 then
      fields[i + 1] = ''
    end
  end
  return { id, fields }
end

-- The rank after the entry of the cursor, whether or not it is in this set.
local function rank_after(cursor)
  local id = number(cursor)
  local at_time = call('HGET', K .. kind .. ':' .. id, 'at')
  if not at_time then return nil end
  local rank = call('ZCOUNT', set, '(' .. at_time, '+inf')
  for _, other in ipairs(call('ZREVRANGEBYSCORE', set, at_time, at_time)) do
    if other < id then break end
    rank = rank + 1
  end
  return rank
end

local start = 0
if after then
  start = rank_after(after)
end

if #conditions == 0 then
  local total = math.min(call('ZCARD', set), counted)
  local found = {}
  if start then
    for i, id in ipairs(call('ZREVRANGE', set, start + offset, start + offset + size)) do found[i] = entry(id) end
  end
  return { total, false, found }
end

local total, found, stopped = 0, {}, false
for _, id in ipairs(call('ZREVRANGE', set, 0, passes - 1)) do
  if matches(K .. kind .. ':' .. id) then total = math.min(total + 1, counted) end
end
if start then
  local skipped = 0
  local ids = call('ZREVRANGE', set, start, start + passes - 1)
  for _, id in ipairs(ids) do
    if matches(K .. kind .. ':' .. id) then
      if skipped < offset then skipped = skipped + 1 else found[#found + 1] = entry(id) end
    end
    if #found > size then break end
  end
  if #found <= size and #ids == passes then stopped = ids[#ids] end
end
return { total, stopped, found }
