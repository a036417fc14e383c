//! What a guest answers, checked against its manifest, its grants and the limits of the contract, and made ours.

use std::collections::BTreeSet;

use url::Url;

use super::{
    bindings::{exported, imported::types as wit},
    call::CallError,
    form, text,
};
use crate::model::{
    Email,
    form::{Entries, FieldError, Form, Value},
    provider::{Facts, Manifest, Prompt, Proof, Refusal, Step},
};

const MAX_STATE: usize = 16 << 10;
const MAX_PRIVATE: usize = 64 << 10;
const MAX_SUBJECT: usize = 255;
const MAX_ATTRIBUTE: usize = 1024;
const MAX_MESSAGE: usize = 500;
const MAX_DATA: usize = 16;
/// Characters of a public value: the options of a passkey fit.
const MAX_DATUM: usize = 8192;
const MAX_URL: usize = 4096;
const MAX_SECONDS: u32 = 3600;
/// Seconds: a day.
const LONGEST_WAIT: u32 = 86_400;

/// What an answer is measured against.
pub(super) struct Question<'a> {
    pub manifest: &'a Manifest,
    /// Whether the operator granted `vouch`.
    pub vouch: bool,
    /// The form that was answered.
    pub form: &'a Form,
    /// The answers to it.
    pub entries: &'a Entries,
}

/// The entries as the guest gets them: a password is a placeholder.
pub(super) fn input(entries: &Entries) -> Vec<wit::Entry> {
    let value = |value: &Value| match value {
        Value::Text(text) => wit::Value::Text(text.clone()),
        Value::Integer(integer) => wit::Value::Integer(*integer),
        Value::Boolean(boolean) => wit::Value::Boolean(*boolean),
        Value::Password(_) => wit::Value::Withheld,
        // No provider has such a field.
        Value::Names(names) => wit::Value::Text(names.join(",")),
    };
    entries.0.iter().map(|(name, entry)| wit::Entry { name: name.clone(), value: value(entry) }).collect()
}

/// Checks an answer.
pub(super) fn checked(answer: Result<exported::Step, exported::Refusal>, question: &Question<'_>) -> Result<Step, CallError> {
    match answer {
        Ok(wit::Step::Verified(facts)) => facts_of(facts, question).map(Step::Verified),
        Ok(wit::Step::Prompt(prompt)) => prompt_of(prompt).map(Step::Prompt).map_err(bad("prompt")),
        Ok(wit::Step::Redirect(hop)) => hop_of(hop).map(Step::Prompt).map_err(bad("redirect")),
        Err(refusal) => Err(refusal_of(refusal, question.form).map_or_else(bad("refusal"), CallError::Refused)),
    }
}

fn bad(what: &'static str) -> impl Fn(String) -> CallError {
    move |problem| CallError::BadAnswer(format!("{what}: {problem}"))
}

fn facts_of(facts: wit::Facts, question: &Question<'_>) -> Result<Facts, CallError> {
    let proof = proof_of(facts.proof, question)?;
    let facts_error = bad("facts");
    if facts.email_verified && proof != Proof::Vouched {
        return Err(facts_error("email-verified needs the proof vouched".to_owned()));
    }
    if facts.email_verified && facts.email.is_none() {
        return Err(facts_error("email-verified without an email".to_owned()));
    }
    if facts.subject.is_empty() {
        return Err(facts_error("subject is empty".to_owned()));
    }
    text::plain(&facts.subject, MAX_SUBJECT).map_err(|flaw| facts_error(format!("subject {flaw}")))?;
    let email = facts.email.map(|email| Email::parse(&email).map_err(|error| facts_error(format!("email {error}")))).transpose()?;
    check_attributes(&facts.attributes, &question.manifest.attributes).map_err(&facts_error)?;
    if facts.private.as_ref().is_some_and(|private| private.len() > MAX_PRIVATE) {
        return Err(facts_error(format!("private is larger than {MAX_PRIVATE} bytes")));
    }
    let wit::Facts { subject, email_verified, attributes, private, .. } = facts;
    Ok(Facts { subject, proof, email, email_verified, attributes, private })
}

fn proof_of(proof: wit::Proof, question: &Question<'_>) -> Result<Proof, CallError> {
    match proof {
        wit::Proof::Vouched if !question.vouch => {
            Err(CallError::NotGranted("it vouched for somebody, but has no vouch = true from the operator".to_owned()))
        }
        wit::Proof::Vouched if !question.manifest.vouches => {
            Err(CallError::NotGranted("it vouched for somebody, but its manifest says that it does not".to_owned()))
        }
        wit::Proof::Vouched => Ok(Proof::Vouched),
        // Only what the caller gave under this very form can be checked or kept; so a step without a password field
        // cannot end in the proof of one.
        wit::Proof::Password(field) if question.entries.password(&field).is_some() => Ok(Proof::Password(field)),
        wit::Proof::Password(_) => {
            Err(CallError::BadAnswer("proof: names a field that is not a password which the caller gave in this step".to_owned()))
        }
    }
}

fn check_attributes(attributes: &[(String, String)], declared: &[String]) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for (at, (name, value)) in attributes.iter().enumerate() {
        if !declared.contains(name) {
            return Err(format!("attribute {} is not one that the manifest declares", at + 1));
        }
        if !seen.insert(name) {
            return Err(format!("attribute {name} is there twice"));
        }
        text::plain(value, MAX_ATTRIBUTE).map_err(|flaw| format!("attribute {name} {flaw}"))?;
    }
    Ok(())
}

fn prompt_of(prompt: wit::Prompt) -> Result<Prompt, String> {
    text::line(&prompt.message, MAX_MESSAGE).map_err(|flaw| format!("message {flaw}"))?;
    check_pending(&prompt.state, prompt.seconds)?;
    check_data(&prompt.data)?;
    let wit::Prompt { message, form, data, state, seconds } = prompt;
    Ok(Prompt { message, form: form::checked(form)?, data, redirect: None, state, seconds })
}

fn hop_of(hop: wit::Hop) -> Result<Prompt, String> {
    check_pending(&hop.state, hop.seconds)?;
    let redirect = Some(redirect_url(&hop.url)?);
    let form = form::checked(hop.form)?;
    Ok(Prompt { message: String::new(), form, data: Vec::new(), redirect, state: hop.state, seconds: hop.seconds })
}

fn check_pending(state: &[u8], seconds: u32) -> Result<(), String> {
    if state.len() > MAX_STATE {
        return Err(format!("state is larger than {MAX_STATE} bytes"));
    }
    if !(1..=MAX_SECONDS).contains(&seconds) {
        return Err(format!("seconds is {seconds}; 1 to {MAX_SECONDS}"));
    }
    Ok(())
}

fn check_data(data: &[(String, String)]) -> Result<(), String> {
    if data.len() > MAX_DATA {
        return Err(format!("data has {} entries; at most {MAX_DATA}", data.len()));
    }
    let mut seen = BTreeSet::new();
    for (at, (name, value)) in data.iter().enumerate() {
        text::name(name).map_err(|flaw| format!("data: the name of entry {} {flaw}", at + 1))?;
        if !seen.insert(name) {
            return Err(format!("data: {name} is there twice"));
        }
        text::line(value, MAX_DATUM).map_err(|flaw| format!("data: {name} {flaw}"))?;
    }
    Ok(())
}

/// Pages and clients follow it: never `javascript:`, and no user name that looks like a host.
fn redirect_url(text: &str) -> Result<String, String> {
    if text.len() > MAX_URL {
        return Err(format!("url is longer than {MAX_URL} bytes"));
    }
    match Url::parse(text) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") || !url.has_host() => Err("url is not http or https".to_owned()),
        Ok(url) if !url.username().is_empty() || url.password().is_some() => Err("url holds a user name".to_owned()),
        Ok(url) => Ok(url.into()),
        Err(_) => Err("url is not an absolute URL".to_owned()),
    }
}

fn refusal_of(refusal: exported::Refusal, form: &Form) -> Result<Refusal, String> {
    match refusal {
        wit::Refusal::Invalid(errors) => field_errors(errors, form).map(Refusal::Invalid),
        wit::Refusal::Denied(reason) => Ok(Refusal::Denied(text::for_log(&reason))),
        wit::Refusal::RetryAfter(seconds) => Ok(Refusal::RetryAfter(seconds.clamp(1, LONGEST_WAIT))),
        wit::Refusal::Upstream(reason) => Ok(Refusal::Upstream(text::for_log(&reason))),
        wit::Refusal::Other((code, message)) => {
            text::name(&code).map_err(|flaw| format!("code {flaw}"))?;
            text::title(&message, MAX_MESSAGE).map_err(|flaw| format!("message {flaw}"))?;
            Ok(Refusal::Other { code, message })
        }
    }
}

fn field_errors(errors: Vec<wit::FieldError>, form: &Form) -> Result<Vec<FieldError>, String> {
    if errors.is_empty() || errors.len() > 32 {
        return Err(format!("invalid with {} errors; 1 to 32", errors.len()));
    }
    let checked = |error: wit::FieldError| {
        if !form.fields.iter().any(|field| field.name == error.field) {
            return Err("invalid names a field that is not in the form".to_owned());
        }
        text::name(&error.code).map_err(|flaw| format!("code of {} {flaw}", error.field))?;
        text::title(&error.message, MAX_MESSAGE).map_err(|flaw| format!("message of {} {flaw}", error.field))?;
        Ok(FieldError::new(error.field, error.code, error.message))
    };
    errors.into_iter().map(checked).collect()
}

#[cfg(test)]
mod tests;
