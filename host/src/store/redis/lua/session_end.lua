return finish(arg(), arg(), arg()) and 1 or 0
