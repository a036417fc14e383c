//! What an administrator changes of a user, by the forms of the user's page.

use poem::{Request, Response, http::StatusCode};

use super::{
    super::{
        super::{fields::Typed, trouble::Stop, visit::Visit},
        act, number,
    },
    path,
    show::{Shown, draw},
};
use crate::{
    flow::Error,
    model::{
        UserId,
        form::{Field, Form, Kind, Raw, RawBody},
        user::User,
    },
};

/// Of the address of the account.
const VERIFIED: &str = "email_verified";

/// A body that changes one thing.
pub(super) fn amend(field: &str, value: &str) -> RawBody {
    RawBody::from([(field.to_owned(), Raw::Text(value.to_owned()))])
}

/// The form of what has no act of its own, labelled for people.
pub(super) fn change_form(visit: &Visit) -> Form {
    let mut form = visit.flow.amendment_form();
    form.fields.retain(|field| !matches!(field.name.as_str(), "disabled" | "password"));
    for field in &mut form.fields {
        let label = match field.name.as_str() {
            "display_name" => "Name",
            "locale" => "Language (a tag like en)",
            "email" => "E-mail address",
            VERIFIED => "The address is verified (a new one never is)",
            _ => continue,
        };
        label.clone_into(&mut field.label);
    }
    form
}

/// What the form holds before anybody typed.
pub(super) fn filled(form: &Form, user: &User) -> Typed {
    Typed::filled(form.fields.iter().map(|field| (field.name.as_str(), current(user, &field.name))))
}

fn current(user: &User, field: &str) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    match field {
        "display_name" => text(&user.display_name),
        "locale" => text(&user.locale),
        "email" => user.email.as_ref().map(ToString::to_string).unwrap_or_default(),
        VERIFIED => user.email_verified.to_string(),
        name => user.profile.get(name).cloned().unwrap_or_default(),
    }
}

/// `POST /admin/users/{id}`. A browser sends the whole form; what stands as it stood is no change.
pub(super) async fn change(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.administrator(&request)?;
    let id = UserId(number(&request, "id")?);
    let body = visit.read(request).await?;
    let user = visit.flow.user(caller, id).await?;
    let form = change_form(&visit);
    match visit.flow.amend_user(caller, id, changed(&user, body.clone()), &visit.client).await {
        Ok(_) => Ok(act::done(&visit, &path(id), "saved")),
        Err(error) => {
            let typed = |errors| Typed::again(&form, &body, errors);
            let shown = match error {
                Error::Fields(errors) => Shown { change: Some(typed(errors)), ..Shown::default() },
                other => Shown { trouble: Some(act::refused(&visit, other)?), change: Some(typed(Vec::new())), ..Shown::default() },
            };
            draw(&visit, caller, id, StatusCode::BAD_REQUEST, shown).await
        }
    }
}

/// A box that is not ticked is not sent.
fn changed(user: &User, mut body: RawBody) -> RawBody {
    body.entry(VERIFIED.to_owned()).or_insert_with(|| Raw::Text("false".to_owned()));
    body.retain(|name, value| !matches!(value, Raw::Text(text) if *text == current(user, name)));
    // The box spoke of the old address.
    if body.contains_key("email") {
        body.remove(VERIFIED);
    }
    body
}

/// The form of a new password.
pub(super) fn password_form() -> Form {
    Form { fields: vec![Field::new("password", Kind::Password, "New password", 128)] }
}

/// `POST /admin/users/{id}/password`.
pub(super) async fn set_password(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.administrator(&request)?;
    let id = UserId(number(&request, "id")?);
    let body = visit.read(request).await?;
    let form = password_form();
    let set = match form.read(body.clone()) {
        Ok(_) => visit.flow.amend_user(caller, id, body.clone(), &visit.client).await,
        Err(errors) => Err(Error::Fields(errors)),
    };
    match set {
        Ok(_) => Ok(act::done(&visit, &path(id), "password")),
        Err(Error::Fields(errors)) => {
            let shown = Shown { password: Typed::again(&form, &body, errors), ..Shown::default() };
            draw(&visit, caller, id, StatusCode::BAD_REQUEST, shown).await
        }
        Err(other) => Err(other.into()),
    }
}

/// `POST /admin/users/{id}/roles`.
pub(super) async fn grant(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.administrator(&request)?;
    let id = UserId(number(&request, "id")?);
    let form = Form { fields: vec![Field::new("role", Kind::Text, "Role", 60)] };
    let entries = visit.read_form(request, &form).await?;
    visit.flow.grant_role(caller, id, entries.text("role").unwrap_or_default()).await?;
    Ok(act::done(&visit, &path(id), "granted"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::{Email, Timestamp};

    fn user() -> User {
        User {
            id: UserId(7),
            email: Some(Email::parse("ann@example.org").expect("an address")),
            login: None,
            email_verified: true,
            display_name: Some("Ann".to_owned()),
            profile: BTreeMap::from([("city".to_owned(), "Oslo".to_owned())]),
            locale: None,
            roles: Vec::new(),
            disabled: false,
            created_at: Timestamp(0),
            invitation: None,
        }
    }

    fn sent(pairs: &[(&str, &str)]) -> RawBody {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), Raw::Text((*value).to_owned()))).collect()
    }

    #[test]
    fn what_stands_as_it_stood_is_no_change() {
        let whole = [("display_name", "Ann"), ("locale", ""), ("email", "ann@example.org"), ("email_verified", "true"), ("city", "Oslo")];
        assert_eq!(changed(&user(), sent(&whole)), RawBody::new());
        let mut other = whole;
        other[0].1 = "";
        other[4].1 = "Bergen";
        assert_eq!(changed(&user(), sent(&other)), sent(&[("display_name", ""), ("city", "Bergen")]));
        assert_eq!(changed(&user(), sent(&whole[..3])), sent(&[("email_verified", "false")]));
    }

    #[test]
    fn a_new_address_is_not_verified_by_the_box_of_the_old_one() {
        let new = [("email", "new@example.org"), ("email_verified", "true")];
        assert_eq!(changed(&user(), sent(&new)), sent(&new[..1]));
    }
}
