//! Strict reading of a TOML table: every mistake names the file, the line and the way to mend it.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A mistake in an operator's file.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{file}{}: {problem}", line.map(|line| format!(" line {line}")).unwrap_or_default())]
pub struct GrantError {
    /// The file's name.
    pub file: String,
    /// Counted from 1.
    pub line: Option<usize>,
    /// What is wrong and how to mend it.
    pub problem: String,
}

/// A file being read.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Source<'_> {
    /// A mistake at a byte of the text.
    pub(super) fn error(&self, at: usize, problem: impl Into<String>) -> GrantError {
        let line = 1 + self.text.get(..at).unwrap_or_default().matches('\n').count();
        GrantError { file: self.file.to_owned(), line: Some(line), problem: problem.into() }
    }
}

/// One table of the file.
pub(super) struct Table<'a> {
    source: Source<'a>,
    /// As it is written in messages: nothing, or `limits.`.
    prefix: String,
    entries: &'a DeTable<'a>,
}

/// A value with where it stands and what it is called.
pub(super) struct Value<'a> {
    source: Source<'a>,
    pub(super) name: String,
    content: &'a Spanned<DeValue<'a>>,
}

impl<'a> Table<'a> {
    pub(super) fn new(source: Source<'a>, prefix: impl Into<String>, entries: &'a DeTable<'a>) -> Self {
        Self { source, prefix: prefix.into(), entries }
    }

    /// Refuses every key that is not known.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), GrantError> {
        match self.entries.iter().find(|(key, _)| !known.contains(&key.get_ref().as_ref())) {
            None => Ok(()),
            Some((key, _)) => {
                let problem = format!("unknown key `{}{}`; known are {}", self.prefix, key.get_ref(), known.join(", "));
                Err(self.source.error(key.span().start, problem))
            }
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<Value<'a>> {
        let content = self.entries.get(key)?;
        Some(Value { source: self.source, name: format!("{}{key}", self.prefix), content })
    }

    /// All entries; names are checked, since they are given to providers and shown in messages.
    pub(super) fn named(&self, most: usize) -> Result<Vec<(String, Value<'a>)>, GrantError> {
        let mut all = Vec::new();
        for (key, content) in self.entries {
            let (name, at) = (key.get_ref(), key.span().start);
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
            if name.is_empty() || name.len() > 64 || !name.bytes().all(allowed) {
                let problem =
                    format!("the name `{}{}` is not made of 1 to 64 letters, digits, `_`, `-`, `.`", self.prefix, name.escape_debug());
                return Err(self.source.error(at, problem));
            }
            if all.len() == most {
                return Err(self.source.error(at, format!("more than {most} entries in [{}]", self.prefix.trim_end_matches('.'))));
            }
            all.push((name.to_string(), Value { source: self.source, name: format!("{}{name}", self.prefix), content }));
        }
        Ok(all)
    }
}

impl<'a> Value<'a> {
    /// A mistake in this value.
    pub(super) fn error(&self, problem: &str) -> GrantError {
        self.source.error(self.content.span().start, format!("`{}` {problem}", self.name))
    }

    pub(super) fn boolean(&self) -> Result<bool, GrantError> {
        self.content.get_ref().as_bool().ok_or_else(|| self.error("must be true or false"))
    }

    pub(super) fn text(&self) -> Result<&'a str, GrantError> {
        self.content.get_ref().as_str().ok_or_else(|| self.error("must be a text in quotes"))
    }

    /// A whole number within a range.
    pub(super) fn number(&self, least: u64, most: u64) -> Result<u64, GrantError> {
        let number = self.content.get_ref().as_integer().and_then(|integer| u64::from_str_radix(integer.as_str(), integer.radix()).ok());
        match number {
            Some(number) if (least..=most).contains(&number) => Ok(number),
            _ => Err(self.error(&format!("must be a whole number from {least} to {most}"))),
        }
    }

    /// A text, a whole number or a boolean, as text.
    pub(super) fn scalar(&self) -> Result<String, GrantError> {
        match self.content.get_ref() {
            DeValue::String(text) => Ok(text.to_string()),
            DeValue::Boolean(boolean) => Ok(boolean.to_string()),
            DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
                Ok(number) => Ok(number.to_string()),
                Err(_) => Err(self.error("is a number outside the 64-bit range: write it in quotes")),
            },
            _ => Err(self.error("must be a text, a whole number, true or false")),
        }
    }

    pub(super) fn list(&self) -> Result<Vec<Value<'a>>, GrantError> {
        let list = self.content.get_ref().as_array().ok_or_else(|| self.error("must be a list, as in [\"a\", \"b\"]"))?;
        Ok(list.iter().map(|content| Value { source: self.source, name: self.name.clone(), content }).collect())
    }

    pub(super) fn entries(&self, hint: &str) -> Result<&'a DeTable<'a>, GrantError> {
        self.content.get_ref().as_table().ok_or_else(|| self.error(hint))
    }

    pub(super) fn source(&self) -> Source<'a> {
        self.source
    }
}
