local at_time, fields, indexes = arg(), list(), list()
add_entry(new_entry('entry', 'entries'), at_time, fields, indexes)
return 1
