return add_mail(read_mail())
