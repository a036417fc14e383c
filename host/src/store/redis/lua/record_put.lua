-- A record of its own, which ends by itself.
local keep, fields = arg(), list()
call('DEL', K)
put(K, fields)
call('PEXPIRE', K, keep)
return 1
