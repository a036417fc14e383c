local oldest = call('ZRANGE', K .. 'mails:pending', 0, 0)[1]
local created_at = oldest and call('HGET', K .. 'mail:' .. oldest, 'created_at') or false
return { call('ZCARD', K .. 'mails:pending'), call('ZCARD', K .. 'mails:sent'), call('ZCARD', K .. 'mails:failed'), created_at }
