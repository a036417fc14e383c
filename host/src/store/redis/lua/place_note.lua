local user, network, seen_at, keep = arg(), arg(), arg(), tonumber(arg())
if call('EXISTS', K .. 'user:' .. user) == 0 then return 0 end
local places = K .. 'places:' .. user
-- Of several gateways the latest time stays.
local before = tonumber(call('ZSCORE', places, network) or 0)
if before < tonumber(seen_at) then
  call('ZADD', places, seen_at, network)
  call('ZADD', K .. 'places', seen_at, user .. ' ' .. network)
end
for _, gone in ipairs(call('ZRANGE', places, 0, -keep - 1)) do
  call('ZREM', places, gone)
  call('ZREM', K .. 'places', user .. ' ' .. gone)
end
return 1
