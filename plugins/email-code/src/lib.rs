//! email-code.
