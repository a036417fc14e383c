//! Mail: the outbox, a real SMTP conversation, languages.
