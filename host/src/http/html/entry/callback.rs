//! The way back from another site (RFC 6749, 4.1.2). Its answer is posted by a button, which a script presses: a `GET` changes
//! nothing.

use maud::html;
use poem::{Request, Response, http::StatusCode};

use super::{
    super::{account::challenge as adding, cookie, query, trouble::Stop, visit::Visit},
    SUBMIT, challenge,
    pending::Pending,
};

/// `GET /callback?state=`. The state is the id of the step, and that of the step which this very browser is in: otherwise a link
/// could sign somebody in to a stranger's account (RFC 6749, 10.12).
pub(super) async fn show(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let own = |name| Pending::read(&visit, &request, name).filter(|pending| pending.flow == query(&request, "state"));
    let is_added = own(cookie::ADDING).is_some();
    let Some(own) = own(cookie::FLOW).or_else(|| own(cookie::ADDING)) else { return Ok(challenge::gone(&visit)) };
    let asked = visit.flow.shown_challenge(&own.flow).await?.filter(|challenge| challenge.redirect.is_some());
    let Some(asked) = asked else { return Ok(challenge::gone(&visit)) };
    let names = || asked.form.fields.iter().filter(|field| is_given(&request, &field.name));
    if asked.form.fields.iter().any(|field| field.required && !is_given(&request, &field.name)) {
        let text = visit.language.pick("The other site did not confirm who you are.", "Другой сайт не подтвердил, кто вы.");
        return Ok(challenge::ended(&visit, StatusCode::BAD_REQUEST, text));
    }
    let (path, text) = if is_added {
        (
            adding::PATH,
            visit.language.pick("You are back. One press of the button adds it to your account.", "Вы вернулись. Осталось нажать кнопку."),
        )
    } else {
        ("/continue", visit.language.pick("You are back. One press of the button and you are in.", "Вы вернулись. Осталось нажать кнопку."))
    };
    let content = html! {
        p { (text) }
        form method="post" action={ (visit.base) (path) } data-submit {
            (visit.form_token())
            input type="hidden" name="flow" value=(own.flow);
            @for field in names() { input type="hidden" name=(field.name) value=(query(&request, &field.name)); }
            button type="submit" { (visit.language.pick("Go on", "Продолжить")) }
        }
    };
    Ok(visit.page_with_script(visit.language.pick("One more step", "Ещё один шаг"), &content, SUBMIT))
}

fn is_given(request: &Request, name: &str) -> bool {
    !query(request, name).is_empty()
}
