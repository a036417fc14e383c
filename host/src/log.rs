//! (log: to be written)
