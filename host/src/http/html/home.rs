//! The start page, which has two faces (a form for visitors, their account for who is signed in), and the way out.

use poem::{Request, Response};

use super::{
    account,
    entry::{RETURN_TO, signin, take_own},
    trouble::Stop,
    visit::{Sent, Visit},
};
use crate::{
    flow::Error,
    model::form::{Field, Form, Kind},
};

/// `GET /`.
pub(super) async fn show(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    match &visit.caller {
        Some(caller) => account::show(&visit, caller, &request).await,
        None => Ok(signin::show(&visit, &request)),
    }
}

/// `POST /sign-out`. Who has signed out already, in another tab, is as if they had done so here.
pub(super) async fn sign_out(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let Some(caller) = &visit.caller else {
        return Ok(match visit.receive(request).await? {
            Sent::Own(_) => visit.let_out(visit.see_other("/")),
            Sent::Old(_) => visit.see_other("/"),
        });
    };
    visit.read_form(request, &Form::default()).await?;
    visit.flow.logout(caller).await?;
    Ok(visit.let_out(visit.see_other("/")))
}

/// `POST /language`, from the foot of a page and back to it. Who is signed in has it with the account, and in mails too.
pub(super) async fn choose_language(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let form = Form { fields: vec![Field::new("language", Kind::Text, "Language", 35)] };
    let mut body = visit.read(request).await?;
    let back = take_own(&mut body, RETURN_TO);
    let entries = form.read(body).map_err(Error::Fields)?;
    let tag = entries.text("language").unwrap_or_default();
    if let Some(caller) = &visit.caller {
        visit.flow.choose_locale(caller, tag).await?;
    }
    Ok(visit.keep_language(tag, visit.go_again(&back)))
}
