//! facebook.
