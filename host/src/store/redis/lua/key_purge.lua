-- A key goes if another, later one became active before the given time.
local newest = call('ZREVRANGEBYSCORE', K .. 'active', '(' .. arg(), '-inf', 'WITHSCORES', 'LIMIT', 0, 1)
if #newest == 0 then return 0 end
local gone = call('ZRANGEBYSCORE', K .. 'active', '-inf', '(' .. newest[2])
for _, kid in ipairs(gone) do
  call('ZREM', K .. 'active', kid)
  call('DEL', K .. 'key:' .. kid)
end
return #gone
