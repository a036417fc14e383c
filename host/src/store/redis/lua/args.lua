-- KEYS[1] is how every key begins that the script touches: all of them are in one slot of a cluster.
local K, at, call = KEYS[1], 0, redis.call

-- The arguments are read one after the other.
local function arg()
  at = at + 1
  return ARGV[at]
end

local function list()
  local values = {}
  for i = 1, tonumber(arg()) do values[i] = arg() end
  return values
end

-- A value or nil.
local function maybe() return list()[1] end

-- Sets fields of a hash from a list of names and values.
local function put(key, pairs)
  if #pairs > 0 then call('HSET', key, unpack(pairs)) end
end

-- A whole number as Redis reads it: Lua's own way is exact to 14 digits only.
local function whole(number) return string.format('%.0f', math.min(number, 9007199254740991)) end

