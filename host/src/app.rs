//! (app: to be written)
