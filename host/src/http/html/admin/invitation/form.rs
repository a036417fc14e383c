//! The form that invites somebody: the fields of the API, with a list of roles to tick and a few spans of time.

use maud::{Markup, html};

use super::super::{
    super::{
        choice::{self, Choice},
        fields::{self, Typed, Use},
        trouble::Stop,
        visit::Visit,
    },
    Tab,
};
use crate::{
    flow::{authenticate::Caller, invitation::invitation_form},
    model::{
        form::{Form, Raw, RawBody},
        role::Role,
    },
};

/// Begins the name of the box for a role: a form may not name a field twice.
const ROLE: &str = "role:";

/// Days to choose from.
const DAYS: [u64; 5] = [1, 3, 7, 30, 90];
const DAY: u64 = 24 * 60 * 60;

/// The fields of the API, labelled for people.
pub(super) fn form() -> Form {
    let mut form = invitation_form();
    for field in &mut form.fields {
        let label = match field.name.as_str() {
            "email" => "E-mail address",
            "note" => "Note (the invited person does not see it)",
            _ => continue,
        };
        label.clone_into(&mut field.label);
    }
    form
}

/// What the API takes, from what the page sends: ticked boxes become names, and what was left open is left out.
pub(super) fn gather(body: RawBody) -> RawBody {
    let (ticked, mut rest): (RawBody, RawBody) = body.into_iter().partition(|(name, _)| name.starts_with(ROLE));
    rest.retain(|name, value| name == "email" || !matches!(value, Raw::Text(text) if text.is_empty()));
    if !ticked.is_empty() {
        let names: Vec<&str> = ticked.keys().map(|name| &name[ROLE.len()..]).collect();
        rest.insert("roles".to_owned(), Raw::Text(names.join(",")));
    }
    rest
}

/// The form as a card.
pub(super) async fn draw(visit: &Visit, caller: &Caller, typed: &Typed) -> Result<Markup, Stop> {
    let (language, whole) = (visit.language, form());
    let only = |name: &str| Form { fields: whole.fields.iter().filter(|field| field.name == name).cloned().collect() };
    let all = visit.flow.roles(caller).await?;
    Ok(html! {
        section class="card" aria-labelledby="invite" {
            h2 #invite { (language.pick("Invite somebody", "Пригласить")) }
            @for error in typed.elsewhere(&whole) { p class="wrong" role="alert" { (fields::reason(language, error)) } }
            form method="post" action={ (visit.base) (Tab::Invitations.path()) } {
                (visit.form_token())
                (fields::draw(language, "invite", &only("email"), typed, Use::Current))
                (roles(visit, &all, typed))
                div class="row field" { (life(visit, typed)) (locale(visit, typed)) }
                (fields::draw(language, "invite", &only("note"), typed, Use::Current))
                button type="submit" { (language.pick("Send the invitation", "Отправить приглашение")) }
            }
        }
    })
}

fn roles(visit: &Visit, all: &[Role], typed: &Typed) -> Markup {
    let language = visit.language;
    let ticked: Vec<&str> = typed.value("roles").split(',').collect();
    html! {
        fieldset class="field" {
            legend { (language.pick("Roles", "Роли")) }
            @for role in all {
                label class="check" {
                    input type="checkbox" name={ (ROLE) (role.name) } value="true" checked[ticked.contains(&role.name.as_str())];
                    " " (role.name) @if !role.description.is_empty() { span class="quiet" { " " (role.description) } }
                }
            }
            (choice::wrong(language, "invite-roles-error", &typed.wrong("roles")))
        }
    }
}

fn life(visit: &Visit, typed: &Typed) -> Markup {
    let language = visit.language;
    let usual = visit.flow.terms.invitation_ttl.as_secs().div_ceil(DAY);
    let usual = (String::new(), format!("{} ({})", language.pick("As usual", "Как обычно"), days(visit, usual)));
    let options: Vec<(String, String)> =
        [usual].into_iter().chain(DAYS.map(|number| ((number * DAY).to_string(), days(visit, number)))).collect();
    let label = language.pick("Works for", "Действует");
    let (chosen, wrong) = (typed.value("expires_in"), typed.wrong("expires_in"));
    Choice { id: "invite-expires_in", name: "expires_in", label, options: &options, chosen, wrong }.draw(language)
}

fn days(visit: &Visit, number: u64) -> String {
    let (english, russian) = if number == 1 { ("day", "дн.") } else { ("days", "дн.") };
    format!("{number} {}", visit.language.pick(english, russian))
}

fn locale(visit: &Visit, typed: &Typed) -> Markup {
    let language = visit.language;
    let options = [("en", "English"), ("ru", "Русский")].map(|(tag, name)| (tag.to_owned(), name.to_owned()));
    let given = typed.value("locale");
    let chosen = if given.is_empty() { language.tag() } else { given };
    let label = language.pick("Language of the letters", "Язык писем");
    Choice { id: "invite-locale", name: "locale", label, options: &options, chosen, wrong: typed.wrong("locale") }.draw(language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_become_names() {
        let pairs = [("email", ""), ("note", ""), ("expires_in", "60"), ("role:admin", "true"), ("role:editor", "true")];
        let body = pairs.map(|(name, value)| (name.to_owned(), Raw::Text(value.to_owned())));
        let expected = [("email", ""), ("expires_in", "60"), ("roles", "admin,editor")];
        let expected = expected.map(|(name, value)| (name.to_owned(), Raw::Text(value.to_owned())));
        assert_eq!(gather(RawBody::from(body)), RawBody::from(expected));
    }
}
