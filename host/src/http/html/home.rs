//! The start page, which has two faces (a form for visitors, their account for who is signed in), and the way out.

use poem::{Request, Response};

use super::{account, entry::signin, trouble::Stop, visit::Visit};
use crate::model::form::{Field, Form, Kind};

/// `GET /`.
pub(super) async fn show(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    match &visit.caller {
        Some(caller) => account::show(&visit, caller, &request).await,
        None => Ok(signin::show(&visit, &request)),
    }
}

/// `POST /sign-out`.
pub(super) async fn sign_out(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    visit.read_form(request, &Form::default()).await?;
    if let Some(caller) = &visit.caller {
        visit.flow.logout(caller).await?;
    }
    Ok(visit.let_out(visit.see_other("/")))
}

/// `POST /language`. Who is signed in has it with the account, and in mails too.
pub(super) async fn choose_language(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let form = Form { fields: vec![Field::new("language", Kind::Text, "Language", 35)] };
    let entries = visit.read_form(request, &form).await?;
    let tag = entries.text("language").unwrap_or_default();
    if let Some(caller) = &visit.caller {
        visit.flow.choose_locale(caller, tag).await?;
    }
    Ok(visit.keep_language(tag, visit.see_other("/")))
}
