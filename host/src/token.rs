//! (token: to be written)
