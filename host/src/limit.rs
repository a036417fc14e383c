//! (limit: to be written)
