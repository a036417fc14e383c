//! Letters are written from templates (minijinja, strict): built in, or the operator's own, file by file, checked at start.
//!
//! `LANGUAGE/NAME.txt` begins with `Subject: ...` and an empty line; `LANGUAGE/NAME.html` is the inner body, which
//! `layout.html` surrounds. Values are escaped in HTML, and are one line each everywhere.

use std::{collections::BTreeMap, path::Path};

use minijinja::{Environment, UndefinedBehavior, Value};
use url::Url;

use super::{
    Mail,
    letters::{ALWAYS, LANGUAGES, LAYOUT, LAYOUT_VARIABLES, LETTERS, LetterFiles},
};
use crate::model::letter::Letter;

/// Largest template, in bytes.
const MAX_FILE: u64 = 256 * 1024;
/// Characters of a value; links are the longest.
const MAX_VALUE: usize = 2000;
/// Characters of a subject.
const MAX_SUBJECT: usize = 200;

/// What is wrong with a template, or with a letter. Holds no values: they may be secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TemplateError(String);

/// All templates, checked.
pub struct Templates {
    environment: Environment<'static>,
    gateway: String,
    public_url: String,
}

impl Templates {
    /// The built-in ones, with those of the setting `mail_templates_dir` in their places.
    ///
    /// # Errors
    /// Every mistake in the operator's files, one a line, with file and line.
    pub fn new(directory: Option<&Path>, public_url: &Url) -> Result<Self, TemplateError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let built_in = LETTERS.iter().flat_map(|letter| letter.files).chain([&LAYOUT]);
        let mut sources: BTreeMap<&str, String> = built_in.map(|(path, text)| (*path, (*text).to_owned())).collect();
        let mut errors = Vec::new();
        if let Some(directory) = directory {
            read_over(directory, &mut sources, &mut errors);
        }
        for (path, source) in sources {
            if let Err(error) = environment.add_template_owned(path, source) {
                errors.push(told(&error));
            }
        }
        let gateway = public_url.host_str().unwrap_or_default().to_owned();
        let templates = Self { environment, gateway, public_url: public_url.as_str().trim_end_matches('/').to_owned() };
        // What does not parse is not looked at any further; the rest is.
        if templates.environment.get_template(LAYOUT.0).is_ok() {
            errors.extend(LETTERS.iter().flat_map(|letter| templates.flaws(letter)));
            errors.extend(templates.unknown_names(LAYOUT.0, &LAYOUT_VARIABLES));
        }
        match directory {
            Some(directory) if !errors.is_empty() => {
                let lines: Vec<String> =
                    errors.iter().map(|error| format!("mail_templates_dir: {}/{error}", directory.display())).collect();
                Err(TemplateError(lines.join("\n")))
            }
            _ if !errors.is_empty() => Err(TemplateError(errors.join("\n"))),
            _ => Ok(templates),
        }
    }

    /// Writes a letter in the nearest language.
    ///
    /// # Errors
    /// If there is no such letter, or its variables are not those of its templates.
    pub fn write(&self, letter: &Letter) -> Result<Mail, TemplateError> {
        let (language, name) = (nearest(&letter.locale), letter.template);
        let mut values: BTreeMap<&str, Value> =
            letter.variables.iter().map(|(name, value)| (*name, Value::from(one_line(value, MAX_VALUE)))).collect();
        values.insert("gateway", Value::from(self.gateway.clone()));
        values.insert("public_url", Value::from(self.public_url.clone()));
        let (subject, text) = self.text(&format!("{language}/{name}.txt"), &values)?;
        let content = self.render(&format!("{language}/{name}.html"), &values)?;
        values.insert("content", Value::from_safe_string(content));
        values.insert("language", Value::from(language));
        values.insert("subject", Value::from(subject.clone()));
        let html = self.render(LAYOUT.0, &values)?;
        Ok(Mail { to: letter.to.clone(), subject, text, html: Some(html) })
    }

    fn text(&self, path: &str, values: &BTreeMap<&str, Value>) -> Result<(String, String), TemplateError> {
        let whole = self.render(path, values)?;
        let (subject, text) = whole.split_once('\n').unwrap_or((&whole, ""));
        let subject = one_line(subject.strip_prefix("Subject:").unwrap_or(subject), MAX_SUBJECT);
        Ok((subject.trim().to_owned(), text.trim_start_matches(['\r', '\n']).to_owned()))
    }

    fn render(&self, path: &str, values: &BTreeMap<&str, Value>) -> Result<String, TemplateError> {
        let template = self.environment.get_template(path).map_err(|_| TemplateError(format!("there is no template {path}")))?;
        template
            .render(Value::from_pairs(values.iter().map(|(name, value)| (*name, value.clone()))))
            .map_err(|error| TemplateError(told(&error)))
    }

    /// What is wrong with the templates of one letter: names that it does not have, and what fails when it is written.
    fn flaws(&self, letter: &'static LetterFiles) -> Vec<String> {
        let mut flaws = Vec::new();
        for (path, _) in letter.files {
            if let Ok(template) = self.environment.get_template(path) {
                flaws.extend(bad_head(path, template.source()));
            }
            flaws.extend(self.unknown_names(path, letter.variables));
        }
        let whole = letter.files.iter().all(|(path, _)| self.environment.get_template(path).is_ok());
        if !flaws.is_empty() || !whole {
            return flaws;
        }
        let to = crate::model::Email::parse("somebody@example.org").expect("an address");
        let variables: Vec<_> = letter.variables.iter().map(|name| (*name, "sample".to_owned())).collect();
        let samples = LANGUAGES.map(|locale| Letter {
            to: to.clone(),
            locale: locale.to_owned(),
            template: letter.name,
            variables: variables.clone(),
        });
        samples.iter().filter_map(|sample| self.write(sample).err()).map(|error| error.0).collect()
    }

    fn unknown_names(&self, path: &str, known: &[&str]) -> Vec<String> {
        let Ok(template) = self.environment.get_template(path) else { return Vec::new() };
        let known: Vec<&str> = known.iter().chain(&ALWAYS).copied().collect();
        let mut unknown: Vec<String> =
            template.undeclared_variables(false).into_iter().filter(|name| !known.contains(&name.as_str())).collect();
        unknown.sort_unstable();
        let tell = |name: String| {
            let line = line_of(template.source(), &name);
            format!("{path} line {line}: there is no variable {name}; there are {}", known.join(", "))
        };
        unknown.into_iter().map(tell).collect()
    }
}

/// Reads the operator's files over the built-in ones; a file that replaces none is a mistake, since nothing would use it.
fn read_over(directory: &Path, sources: &mut BTreeMap<&str, String>, errors: &mut Vec<String>) {
    let mut found = Vec::new();
    list(directory, "", &mut found, errors);
    for path in found {
        let Some(source) = sources.get_mut(path.as_str()) else {
            let names: Vec<&str> = LETTERS.iter().map(|letter| letter.name).collect();
            let languages = LANGUAGES.join(" or ");
            errors.push(format!(
                "{path}: no template has this name; there are layout.html and, in {languages}, .txt and .html of {}",
                names.join(", ")
            ));
            continue;
        };
        match read(&directory.join(&path)) {
            Ok(text) => *source = text,
            Err(problem) => errors.push(format!("{path}: {problem}")),
        }
    }
}

fn read(path: &Path) -> Result<String, String> {
    let length = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if length > MAX_FILE {
        return Err(format!("is larger than {} KiB", MAX_FILE / 1024));
    }
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    Ok(text.trim_start_matches('\u{feff}').replace("\r\n", "\n"))
}

/// Files one folder deep; hidden ones are none of ours.
fn list(directory: &Path, prefix: &str, found: &mut Vec<String>, errors: &mut Vec<String>) {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) => return errors.push(format!("{prefix}: {error}")),
    };
    let mut entries: Vec<_> = entries.flatten().map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path())).collect();
    entries.sort_unstable();
    for (name, path) in entries.into_iter().filter(|(name, _)| !name.starts_with('.')) {
        if path.is_dir() && prefix.is_empty() {
            list(&path, &format!("{name}/"), found, errors);
        } else {
            found.push(format!("{prefix}{name}"));
        }
    }
}

/// Only texts have a head.
fn bad_head(path: &str, source: &str) -> Option<String> {
    if Path::new(path).extension().is_none_or(|extension| extension != "txt") {
        return None;
    }
    let mut lines = source.lines();
    let subject = lines.next().and_then(|line| line.strip_prefix("Subject:"));
    if subject.is_none_or(|subject| subject.trim().is_empty()) {
        return Some(format!("{path} line 1: must be `Subject: ...`"));
    }
    lines.next().is_none_or(|line| !line.trim().is_empty()).then(|| format!("{path} line 2: must be empty, and the text follow it"))
}

/// The line on which a template first names a variable.
fn line_of(source: &str, name: &str) -> usize {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let named = |line: &str| line.contains('{') && line.split(|c| !word(c)).any(|part| part == name);
    let any = |line: &str| line.split(|c| !word(c)).any(|part| part == name);
    source.lines().position(named).or_else(|| source.lines().position(any)).map_or(1, |index| index + 1)
}

/// File, line and problem, without the values that were filled in.
fn told(error: &minijinja::Error) -> String {
    let place = match (error.name(), error.line()) {
        (Some(name), Some(line)) => format!("{name} line {line}: "),
        (Some(name), None) => format!("{name}: "),
        _ => String::new(),
    };
    let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
    format!("{place}{}{detail}", error.kind())
}

/// The language of the locale's first subtag, if letters are written in it.
fn nearest(locale: &str) -> &'static str {
    let primary = locale.split(['-', '_']).next().unwrap_or_default();
    LANGUAGES.into_iter().find(|language| primary.eq_ignore_ascii_case(language)).unwrap_or(LANGUAGES[0])
}

/// A value must not be able to add a header or a line.
fn one_line(value: &str, most: usize) -> String {
    let separator = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    value.chars().take(most).map(|c| if separator(c) { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests;
