//! (password: to be written)
