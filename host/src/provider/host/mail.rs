//! `mail`: the operator's templates, filled with the guest's variables.

use std::collections::BTreeMap;

use crate::{
    model::Email,
    provider::{
        bindings::imported::mail::{Host, MailError},
        budget::Work,
        grant::MailTemplate,
        port::ProviderMail,
        state::CallState,
        text,
    },
};

/// Characters of a variable.
const MAX_VARIABLE: usize = 200;
const MAX_VARIABLES: usize = 32;

impl Host for CallState {
    async fn send(&mut self, to: String, template: String, variables: Vec<(String, String)>) -> wasmtime::Result<Result<(), MailError>> {
        self.spend(Work::Mail, "mail.send")?;
        let mail = match self.compose(&to, &template, variables) {
            Ok(mail) => mail,
            Err(reason) => return Ok(Err(MailError::Invalid(reason))),
        };
        Ok(match self.reach.ports.mail.send(mail).await {
            Ok(()) => Ok(()),
            Err(error) => {
                let provider = self.reach.provider.as_str();
                tracing::warn!(provider, request_id = self.logger.request_id(), reason = %error, "a mail was not taken");
                Err(MailError::Unavailable)
            }
        })
    }
}

impl CallState {
    fn compose(&self, to: &str, template: &str, variables: Vec<(String, String)>) -> Result<ProviderMail, String> {
        let to = Email::parse(to).map_err(|error| format!("the address {error}"))?;
        let declared = self.manifest("mail.send").map_err(|halt| halt.to_string())?.mails.iter().any(|name| name == template);
        let granted = self.reach.grants.mails.get(template).filter(|_| declared).ok_or("no such template")?;
        let variables = checked(variables)?;
        let MailTemplate { subject, text } = granted;
        let (subject, text) = (fill(subject, &variables)?, fill(text, &variables)?);
        Ok(ProviderMail { provider: self.reach.provider.clone(), template: template.to_owned(), to, subject, text })
    }
}

/// A variable must not be able to add a header, a line or a page of advertising.
fn checked(variables: Vec<(String, String)>) -> Result<BTreeMap<String, String>, String> {
    if variables.len() > MAX_VARIABLES {
        return Err(format!("more than {MAX_VARIABLES} variables"));
    }
    let mut checked = BTreeMap::new();
    for (name, value) in variables {
        text::name(&name).map_err(|flaw| format!("a variable's name {flaw}"))?;
        text::line(&value, MAX_VARIABLE).map_err(|flaw| format!("the variable {name} {flaw}"))?;
        checked.insert(name, value);
    }
    Ok(checked)
}

/// Puts variables in place of `{name}`, once: a value with braces stays as it is. Variables that the operator's template
/// leaves out are no mistake; other braces are text.
fn fill(template: &str, variables: &BTreeMap<String, String>) -> Result<String, String> {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        rest = if let Some((name, after)) = after.split_once('}').filter(|(name, _)| text::name(name).is_ok()) {
            filled.push_str(variables.get(name).ok_or_else(|| format!("the template needs the variable {name}"))?);
            after
        } else {
            filled.push('{');
            after
        };
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Result<BTreeMap<String, String>, String> {
        checked(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn fills_once() {
        let variables = variables(&[("code", "{minutes}"), ("minutes", "10"), ("unused", "x")]).unwrap();
        let filled = fill("{code} is good for {minutes} minutes. { } {Not} {", &variables);
        assert_eq!(filled.as_deref(), Ok("{minutes} is good for 10 minutes. { } {Not} {"));
    }

    #[test]
    fn names_what_is_missing() {
        assert_eq!(fill("{code}", &BTreeMap::new()).unwrap_err(), "the template needs the variable code");
    }

    #[test]
    fn variables_add_no_lines() {
        assert!(variables(&[("code", "1\r\nBcc: x@example.org")]).unwrap_err().contains("control"));
        assert!(variables(&[("code", &"1".repeat(201))]).unwrap_err().contains("200"));
        assert!(variables(&[("Co de", "1")]).is_err());
    }
}
