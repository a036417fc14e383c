//! Forms, drawn from the same fields that check what comes back.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{language::Language, shipped};
use crate::model::form::{Field, FieldError, Form, Kind, Raw, RawBody};

/// What somebody typed, and what was wrong with it.
#[derive(Default)]
pub(super) struct Typed {
    values: BTreeMap<String, String>,
    errors: Vec<FieldError>,
}

impl Typed {
    /// After a mistake. Passwords and tokens are not shown again.
    pub(super) fn again(form: &Form, body: &RawBody, errors: Vec<FieldError>) -> Self {
        let shown = |field: &&Field| !matches!(field.kind, Kind::Password | Kind::Token);
        let values = form.fields.iter().filter(shown).filter_map(|field| match body.get(&field.name)? {
            Raw::Text(text) => Some((field.name.clone(), text.clone())),
            Raw::Json(_) => None,
        });
        Self { values: values.collect(), errors }
    }

    /// What is there already.
    pub(super) fn filled<'a>(values: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        Self { values: values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(), errors: Vec::new() }
    }

    /// All that was wrong.
    pub(super) fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// Whether a field was wrong.
    pub(super) fn is_wrong(&self, name: &str) -> bool {
        self.errors.iter().any(|error| error.field == name)
    }

    /// The same with one more value.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.values.insert(name.to_owned(), value.to_owned());
        self
    }

    /// What was typed into a field; empty if nothing was.
    pub(super) fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// What was wrong with a field.
    pub(super) fn wrong(&self, name: &str) -> Vec<&FieldError> {
        self.errors.iter().filter(|error| error.field == name).collect()
    }

    /// Errors of fields that the form does not show; they stand above it.
    pub(super) fn elsewhere<'a>(&'a self, form: &'a Form) -> impl Iterator<Item = &'a FieldError> {
        self.errors.iter().filter(|error| form.fields.iter().all(|field| field.name != error.field))
    }
}

/// What a password field is for, which password managers need to know.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Of an account that is there.
    Current,
    /// Of one that is being made.
    New,
}

/// All fields of a form, each with its label, its help and what was wrong with it. `prefix` tells its ids from those of other
/// forms on the page.
pub(super) fn draw(language: Language, prefix: &str, form: &Form, typed: &Typed, usage: Use) -> Markup {
    html! {
        @for field in &form.fields { (one(language, prefix, field, typed, usage)) }
    }
}

fn one(language: Language, prefix: &str, field: &Field, typed: &Typed, usage: Use) -> Markup {
    let id = format!("{prefix}-{}", field.name);
    let (help_id, error_id) = (format!("{id}-help"), format!("{id}-error"));
    let wrong: Vec<&FieldError> = typed.errors.iter().filter(|error| error.field == field.name).collect();
    let help = help(language, field);
    let described = [(!help.is_empty()).then_some(help_id.as_str()), (!wrong.is_empty()).then_some(error_id.as_str())];
    let described = described.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let described = (!described.is_empty()).then_some(described);
    let value = typed.values.get(&field.name).map(String::as_str);
    let (kind, complete) = (input_type(field), autocomplete(field, usage));
    let invalid = (!wrong.is_empty()).then_some("true");
    html! {
        div class="field" {
            @if field.kind == Kind::Boolean {
                label class="check" {
                    input type="checkbox" id=(id) name=(field.name) value="true" checked[value.is_some_and(|value| value == "true")]
                        required[field.required] aria-describedby=[described] aria-invalid=[invalid];
                    " " (label(language, field))
                }
            } @else {
                label for=(id) {
                    (label(language, field))
                    @if !field.required { span class="optional" { " " (language.pick("(optional)", "(необязательно)")) } }
                }
                input type=(kind) id=(id) name=(field.name) value=[value] required[field.required]
                    maxlength=(if field.kind == Kind::Password { 128 } else { field.max_length })
                    minlength=[(field.kind == Kind::Password && usage == Use::New).then_some(8)]
                    inputmode=[is_code(field).then_some("numeric")]
                    autocomplete=(complete) autocapitalize="none" spellcheck="false" aria-describedby=[described] aria-invalid=[invalid];
            }
            @if !help.is_empty() { p class="help" id=(help_id) { (help) } }
            @if !wrong.is_empty() {
                p class="wrong" id=(error_id) {
                    @for error in wrong { span { (reason(language, error)) " " } }
                }
            }
        }
    }
}

fn input_type(field: &Field) -> &'static str {
    match field.kind {
        Kind::Email => "email",
        Kind::Password => "password",
        Kind::Url => "url",
        Kind::Integer => "number",
        Kind::Text | Kind::Token | Kind::Boolean | Kind::Names => "text",
    }
}

fn is_code(field: &Field) -> bool {
    field.name == "code" || field.name.ends_with("_code")
}

fn autocomplete(field: &Field, usage: Use) -> &'static str {
    match (field.kind, field.name.as_str()) {
        (Kind::Password, _) if usage == Use::New => "new-password",
        (Kind::Password, "new_password") => "new-password",
        (Kind::Password, _) => "current-password",
        (_, "login" | "username") => "username",
        (Kind::Email, _) => "email",
        _ if is_code(field) => "one-time-code",
        _ => "off",
    }
}

/// Providers speak English; what nearly all of them ask for is translated here.
fn label(language: Language, field: &Field) -> String {
    if let Some(known) = shipped::known(language, &field.label) {
        return known.to_owned();
    }
    let russian = match field.name.as_str() {
        "email" => "Электронная почта",
        "email_verified" => "Адрес подтверждён",
        "password" => "Пароль",
        "new_password" => "Новый пароль",
        "current_password" => "Текущий пароль",
        "login" => "Логин",
        "code" => "Код",
        "recovery_code" => "Код восстановления",
        "display_name" => "Имя",
        "name" => "Название",
        "description" => "Описание",
        "invite" => "Приглашение",
        "note" => "Заметка",
        "roles" => "Роли",
        "locale" => "Язык",
        _ => field.label.as_str(),
    };
    russian.to_owned()
}

fn help(language: Language, field: &Field) -> String {
    match shipped::known(language, &field.help) {
        Some(known) => known.to_owned(),
        // What is only in English would be noise beside a translated label.
        None if label(language, field) != field.label => String::new(),
        None => field.help.clone(),
    }
}

/// What is wrong with a field, as a sentence.
pub(super) fn reason(language: Language, error: &FieldError) -> String {
    let russian = match error.code.as_str() {
        "required" | "empty" => "Заполните это поле.",
        "too_long" => "Слишком длинно.",
        "too_short" => "Слишком коротко.",
        "invalid_email" => "Это не похоже на адрес электронной почты.",
        "email_taken" => "У этого адреса уже есть учётная запись.",
        "login_taken" => "Этот логин занят.",
        "weak_password" | "too_weak" => "Такой пароль легко угадать. Добавьте ещё одно-два слова.",
        "wrong_password" => "Пароль неверен.",
        "unchanged" => "Это и есть ваш нынешний адрес.",
        "other_address" => "Это должен быть адрес вашей учётной записи.",
        "mismatch" => "Это не то, что нужно было ввести.",
        "code_used" => "Этот код уже использован. Дождитесь следующего.",
        "wrong_code" | "invalid_code" => "Код неверен.",
        "control_characters" => "Недопустимые символы.",
        "invalid_login" => "От 3 до 60 латинских букв, цифр, точек, дефисов и подчёркиваний.",
        "code_expired" => "Срок кода истёк. Начните сначала, чтобы получить новый.",
        "unknown_invitation" => "Такого приглашения нет. Скопируйте его из письма полностью или попросите новое.",
        "invalid_name" => "Строчная латинская буква, затем буквы, цифры, _ и -.",
        "unknown_field" => "Здесь нет такого поля.",
        "wrong_type" | "invalid_actor" | "invalid_cursor" => "Недопустимое значение.",
        "out_of_range" => "Значение вне допустимых пределов.",
        "invalid_locale" => "Это не обозначение языка (BCP 47), например en или pt-BR.",
        "role_taken" => "Роль с таким именем уже есть.",
        "unknown_role" => "Такой роли нет.",
        _ => "",
    };
    if language == Language::Russian && !russian.is_empty() {
        return russian.to_owned();
    }
    // For programs the name of the field stands in front: "is required". Here it stands above.
    if ["is ", "are ", "must ", "has ", "holds ", "may ", "belongs "].iter().any(|verb| error.message.starts_with(verb)) {
        let end = if error.message.ends_with(['.', '!', '?']) { "" } else { "." };
        return format!("This {}{end}", error.message);
    }
    let mut letters = error.message.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if error.message.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
