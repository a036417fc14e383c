-- A history: entries by number, and sorted sets of their numbers by time, one for all and one for each value that is asked
-- for. Numbers have sixteen digits, so that those of one time are in the order in which they were given.
local function number(id) return string.format('%016.0f', tonumber(id)) end

-- Adds an entry; `indexes` are names of sorted sets.
local function add_entry(entry, at_time, fields, indexes)
  put(entry.key, fields)
  for _, index in ipairs(indexes) do call('ZADD', K .. index, at_time, entry.number) end
end

local function new_entry(kind, of)
  local id = number(call('HINCRBY', K .. 'ids', of, 1))
  return { number = id, key = K .. kind .. ':' .. id }
end

