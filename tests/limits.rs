//! Limits on tries, and who is not locked out by them.
