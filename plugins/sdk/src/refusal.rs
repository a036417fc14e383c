//! Why a provider does not go on.

use crate::{FieldError, Refusal};

impl FieldError {
    /// A mistake in `field`: a stable code (`[a-z][a-z0-9_]*`) and a text for people on what is wrong and how to mend it.
    pub fn new(field: impl Into<String>, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), code: code.into(), message: message.into() }
    }
}

impl Refusal {
    /// One mistake of the caller's. For several at once, collect [`FieldError`]s and convert the list.
    pub fn invalid(field: impl Into<String>, code: impl Into<String>, message: impl Into<String>) -> Self {
        FieldError::new(field, code, message).into()
    }

    /// The proof is not good. Callers see the same answer for every reason; the reason goes to the log.
    pub fn denied(reason: impl Into<String>) -> Self {
        Self::Denied(reason.into())
    }

    /// Too many tries: come back in so many seconds.
    #[must_use]
    pub fn retry_after(seconds: u32) -> Self {
        Self::RetryAfter(seconds)
    }

    /// What the provider depends on is out of reach. The reason goes to the log.
    pub fn upstream(reason: impl Into<String>) -> Self {
        Self::Upstream(reason.into())
    }

    /// Anything else: a stable code of the provider's own and a text for people.
    pub fn other(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Other((code.into(), message.into()))
    }
}

impl From<FieldError> for Refusal {
    fn from(error: FieldError) -> Self {
        Self::Invalid(vec![error])
    }
}

impl From<Vec<FieldError>> for Refusal {
    fn from(errors: Vec<FieldError>) -> Self {
        Self::Invalid(errors)
    }
}
