local before, most, gone = { sent = arg(), failed = arg() }, arg(), 0
for _, state in ipairs({ 'sent', 'failed' }) do
  for _, id in ipairs(call('ZRANGEBYSCORE', K .. 'mails:' .. state .. ':done', '-inf', '(' .. before[state], 'LIMIT', 0, most)) do
    drop_mail(id)
    gone = gone + 1
  end
end
return gone
