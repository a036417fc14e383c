local recipient, template, gone = arg(), arg(), 0
for _, id in ipairs(call('SMEMBERS', K .. 'mails:to:' .. recipient)) do
  if call('HGET', K .. 'mail:' .. id, 'template') == template then
    drop_mail(id)
    gone = gone + 1
  end
end
return gone
