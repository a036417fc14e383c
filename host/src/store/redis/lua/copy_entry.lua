-- An entry of a history, with the number that it had in another store.
local kind, id, at_time, fields, indexes = arg(), number(arg()), arg(), list(), list()
add_entry({ number = id, key = K .. kind .. ':' .. id }, at_time, fields, indexes)
return 1
