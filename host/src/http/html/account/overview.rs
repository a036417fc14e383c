//! Everything about who is signed in, at a glance.

use maud::{Markup, html};
use poem::{Request, Response, http::StatusCode};

use super::{
    super::{time, trouble::Stop, visit::Visit},
    card, delete, email, history, note, password, profile, recovery_code, session, way,
};
use crate::{
    flow::authenticate::Caller,
    model::{
        identity::Identity,
        page::{From, PageRequest},
    },
};

/// Of lists that have a page of their own.
const FEW: u32 = 5;

pub(super) async fn show(visit: &Visit, caller: &Caller, request: &Request) -> Result<Response, Stop> {
    let (flow, language) = (&visit.flow, visit.language);
    let identities = flow.identities(caller).await?;
    let signins = flow.own_signins(caller, &PageRequest { from: From::Number(1), size: FEW }).await?;
    let content = html! {
        (note(visit, request))
        div class="cards" {
            (card("profile", language.pick("Profile", "Профиль"), &who(visit, caller)))
            (card("email", language.pick("E-mail address", "Адрес электронной почты"), &address(visit, caller).await?))
            (card("password", language.pick("Password", "Пароль"), &secret(visit, caller).await?))
            (card("ways", language.pick("Ways to sign in", "Как вы входите"), &ways(visit, &identities, false)))
            (card("factors", language.pick("Second factor", "Второй фактор"), &factors(visit, caller, &identities).await?))
            (card("devices", language.pick("Devices", "Устройства"), &devices(visit, caller).await?))
            (card("signins", language.pick("Latest sign-ins", "Последние входы"), &html! {
                (history::draw(visit, &signins.items))
                (more(visit, history::PATH, language.pick("All sign-ins", "Все входы")))
            }))
            (card("language", language.pick("Language", "Язык"), &tongue(visit, caller)))
            (card("leave", language.pick("Leave", "Уйти"), &html! {
                p { (language.pick("Deletes the account and everything personal.", "Удаляет учётную запись и все личные данные.")) }
                (more(visit, delete::PATH, language.pick("Delete the account", "Удалить учётную запись")))
            }))
        }
    };
    Ok(visit.wide_page(StatusCode::OK, language.pick("My account", "Мой профиль"), &content))
}

fn more(visit: &Visit, path: &str, text: &str) -> Markup {
    html! { p { a class="button second" href={ (visit.base) (path) } { (text) } } }
}

fn who(visit: &Visit, caller: &Caller) -> Markup {
    let (user, language) = (&caller.user, visit.language);
    html! {
        dl {
            @if let Some(name) = &user.display_name { dt { (language.pick("Display name", "Имя")) } dd { (name) } }
            @if let Some(login) = &user.login { dt { (language.pick("Login", "Логин")) } dd { (login) } }
            @for (name, value) in &user.profile { dt { (name) } dd { (value) } }
            @if !user.roles.is_empty() { dt { (language.pick("Roles", "Роли")) } dd { (user.roles.join(", ")) } }
            dt { (language.pick("Number", "Номер")) } dd { (user.id) }
            dt { (language.pick("Since", "С")) } dd { (time::draw(language, user.created_at)) }
        }
        (more(visit, profile::PATH, language.pick("Change the profile", "Изменить профиль")))
    }
}

async fn address(visit: &Visit, caller: &Caller) -> Result<Markup, Stop> {
    let pending = visit.flow.pending_address(caller).await?;
    Ok(html! {
        p { (email::address(visit, &caller.user)) }
        (email::to_verify(visit, &caller.user))
        @if let Some(pending) = &pending { (email::under_way(visit, pending)) }
        (more(visit, email::PATH, visit.language.pick("Change the address", "Изменить адрес")))
    })
}

async fn secret(visit: &Visit, caller: &Caller) -> Result<Markup, Stop> {
    let language = visit.language;
    if visit.flow.has_password(caller).await? {
        return Ok(more(visit, password::PATH, language.pick("Change the password", "Изменить пароль")));
    }
    Ok(html! {
        p { (language.pick("You have none: you sign in by other ways.", "Не задан: вы входите другими способами.")) }
        (more(visit, password::PATH, language.pick("Set a password", "Задать пароль")))
    })
}

fn ways(visit: &Visit, identities: &[Identity], factors: bool) -> Markup {
    html! {
        ul class="plain" {
            @for identity in identities.iter().filter(|identity| identity.is_factor == factors) { li { (way::draw(visit, identity)) } }
        }
        @if !factors { (more(visit, way::PATH, visit.language.pick("Add or remove", "Добавить или удалить"))) }
    }
}

async fn factors(visit: &Visit, caller: &Caller, identities: &[Identity]) -> Result<Markup, Stop> {
    let language = visit.language;
    if way::has_factor(identities) {
        let left = visit.flow.recovery_codes_left(caller).await?;
        return Ok(html! {
            p { span class="badge good" { (language.pick("on", "включён")) } }
            (ways(visit, identities, true))
            (recovery_code::draw(visit, left))
        });
    }
    Ok(html! {
        p {
            span class="badge quiet" { (language.pick("off", "выключен")) } " "
            (language.pick("With one, a stolen password is not enough to sign in.", "С ним украденного пароля для входа недостаточно."))
        }
        (more(visit, way::PATH, language.pick("Set up", "Настроить")))
    })
}

async fn devices(visit: &Visit, caller: &Caller) -> Result<Markup, Stop> {
    let sessions = visit.flow.sessions(caller).await?;
    let few = sessions.len().min(FEW.try_into().unwrap_or(usize::MAX));
    let language = visit.language;
    Ok(html! {
        (session::draw(visit, caller, &sessions[..few]))
        p class="actions" {
            a class="button second" href={ (visit.base) (session::PATH) } { (language.pick("All devices", "Все устройства")) " (" (sessions.len()) ")" }
            a class="button second" href={ (visit.base) (session::END) } { (language.pick("Sign out elsewhere", "Завершить сеансы")) }
        }
    })
}

/// Of pages and mails.
fn tongue(visit: &Visit, caller: &Caller) -> Markup {
    let language = visit.language;
    let chosen = caller.user.locale.as_deref();
    html! {
        p { (language.pick("Of pages and letters.", "Страниц и писем.")) @if let Some(tag) = chosen { " " (language.pick("Chosen:", "Выбран:")) " " (tag) } }
        form method="post" action={ (visit.base) "/language" } class="actions" {
            (visit.form_token())
            @for (tag, name) in [("en", "English"), ("ru", "Русский")] {
                button type="submit" class="second" name="language" value=(tag) lang=(tag) disabled[chosen == Some(tag)] { (name) }
            }
        }
    }
}
