//! A caller's mistakes, named.

/// A mistake in one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Where it is, such as `items[0].quantity`.
    pub field: String,
    /// Stable.
    pub code: &'static str,
    /// What is wrong and how to mend it.
    pub detail: String,
}

impl FieldError {
    /// A mistake in `field`.
    pub fn new(field: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self { field: field.into(), code, detail: detail.into() }
    }
}
