//! `APP_SETTINGS`: development, testing or production.

use super::Environment;

/// What kind of run this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// On a developer's machine; the default.
    Development,
    /// Under a test suite.
    Testing,
    /// For real: nothing unsafe is accepted.
    Production,
}

impl Mode {
    /// Reads `APP_SETTINGS`.
    ///
    /// # Errors
    /// If it is something else.
    pub fn read(environment: &Environment) -> Result<Self, String> {
        match environment.get("APP_SETTINGS").unwrap_or_default() {
            "" | "development" => Ok(Self::Development),
            "testing" => Ok(Self::Testing),
            "production" => Ok(Self::Production),
            other => Err(format!("APP_SETTINGS is {other:?}: it can be development, testing or production")),
        }
    }

    /// As `APP_SETTINGS` and the tables of the file write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Testing => "testing",
            Self::Production => "production",
        }
    }
}
