//! (flow: to be written)
