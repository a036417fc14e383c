//! Where the text of a setting comes from: environment, the table of the mode, the file's top level, the default.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::{Environment, Mode, proxy};
use crate::model::proxy::Route;

/// Prefix of environment variables.
pub const PREFIX: &str = "VESTIBULE_";

/// A text and where it was found, for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The text.
    pub text: String,
    /// `vestibule.toml line 3` or `VESTIBULE_LISTEN`.
    pub place: String,
}

/// All settings as text, by key.
pub struct Source {
    /// What kind of run this is.
    pub mode: Mode,
    /// `[[routes]]`.
    pub routes: Vec<Route>,
    file: BTreeMap<String, Found>,
    environment: BTreeMap<String, Found>,
}

impl Source {
    /// Reads file and environment.
    ///
    /// # Errors
    /// Syntax errors, tables that are no mode, mistakes in `[[routes]]`, and values that are no text, number or boolean, with their lines.
    pub fn parse(text: &str, name: &str, mode: Mode, environment: &Environment) -> Result<Self, Vec<String>> {
        let mut reader = Reader { text, name, errors: Vec::new(), found: BTreeMap::new() };
        let table = DeTable::parse(text).map_err(|error| vec![format!("{name}: {}", error.to_string().trim_end())])?;
        let (own, shared): (Vec<_>, Vec<_>) =
            table.into_inner().into_iter().partition(|(_, value)| matches!(value.get_ref(), DeValue::Table(_)));
        let mut routes = Vec::new();
        for (key, value) in shared {
            if key.get_ref() == "routes" {
                match proxy::read(value.get_ref(), &|offset| reader.line(offset)) {
                    Ok(read) => routes = read,
                    Err(errors) => reader.errors.extend(errors),
                }
                continue;
            }
            reader.take(key.get_ref(), key.span().start, value.get_ref());
        }
        for (key, value) in own {
            if !["development", "testing", "production"].contains(&key.get_ref().as_ref()) {
                let line = reader.line(key.span().start);
                reader
                    .errors
                    .push(format!("{line}: [{}] is no section; there are [development], [testing] and [production]", key.get_ref()));
            } else if key.get_ref() == mode.as_str()
                && let DeValue::Table(entries) = value.get_ref()
            {
                for (key, value) in entries {
                    reader.take(key.get_ref(), key.span().start, value.get_ref());
                }
            }
        }
        if !reader.errors.is_empty() {
            return Err(reader.errors);
        }
        let variables = environment.names_with(PREFIX).filter_map(|variable| {
            let found = Found { text: environment.get(variable)?.to_owned(), place: variable.to_owned() };
            Some((variable[PREFIX.len()..].to_lowercase(), found))
        });
        Ok(Self { mode, routes, file: reader.found, environment: variables.collect() })
    }

    /// The text of a key, if somebody set it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Found> {
        self.environment.get(key).or_else(|| self.file.get(key))
    }

    /// Keys of the file that are not among `known`: each is an error, with its line.
    #[must_use]
    pub fn unknown(&self, known: &[&str]) -> Vec<String> {
        let unknown = self.file.iter().filter(|(key, _)| !known.contains(&key.as_str()));
        unknown
            .map(|(key, found)| format!("{}: {key} is not a setting; `vestibule configuration-manual` lists them", found.place))
            .collect()
    }
}

struct Reader<'a> {
    text: &'a str,
    name: &'a str,
    errors: Vec<String>,
    found: BTreeMap<String, Found>,
}

impl Reader<'_> {
    fn line(&self, offset: usize) -> String {
        format!("{} line {}", self.name, self.text[..offset].matches('\n').count() + 1)
    }

    fn take(&mut self, key: &str, offset: usize, value: &DeValue<'_>) {
        let place = self.line(offset);
        let text = match value {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Boolean(value) => value.to_string(),
            DeValue::Array(items) => {
                let texts: Option<Vec<&str>> = items.iter().map(|item| item.get_ref().as_str()).collect();
                match texts {
                    Some(texts) => texts.join(","),
                    None => return self.errors.push(format!("{place}: {key} must be a list of strings")),
                }
            }
            _ => return self.errors.push(format!("{place}: {key} must be a string, an integer, true or false")),
        };
        self.found.insert(key.to_owned(), Found { text, place });
    }
}
