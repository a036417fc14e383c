//! (config: to be written)
