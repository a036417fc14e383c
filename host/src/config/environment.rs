//! The process's environment, read once and handed on.

use std::{collections::BTreeMap, path::Path};

/// Variables by name: the process's own above those of a `.env` file.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Reads `.env` in the working directory, if there, and the process's variables.
    ///
    /// # Errors
    /// If `.env` is there and malformed; the message names the line.
    pub fn read() -> Result<Self, String> {
        let mut variables = BTreeMap::new();
        if Path::new(".env").exists() {
            let text = std::fs::read_to_string(".env").map_err(|error| format!(".env: {error}"))?;
            for entry in dotenvy::from_read_iter(text.as_bytes()) {
                let (name, value) = entry.map_err(|error| broken_line(&text, &error))?;
                variables.insert(name, value);
            }
        }
        variables.extend(std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))));
        Ok(Self(variables))
    }

    /// From given variables.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// One variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Names that begin with `prefix`.
    pub fn names_with<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.keys().map(String::as_str).filter(move |name| name.starts_with(prefix))
    }
}

/// Says where, but not what: the line may hold a secret.
fn broken_line(text: &str, error: &dotenvy::Error) -> String {
    let dotenvy::Error::LineParse(broken, _) = error else { return format!(".env: {error}") };
    let number =
        text.lines().position(|line| !line.starts_with('#') && line.trim_end().ends_with(broken.trim_end())).map_or(0, |index| index + 1);
    format!(".env line {number} cannot be read: expected NAME=value, with quotes around a value that holds spaces")
}
