//! (mail: to be written)
