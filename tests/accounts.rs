//! Users, roles, history and audit: administrators, and the literal rows D1 to D6.

mod amend;
mod audit;
mod history;
mod page;
mod provider;
mod register;
mod role;
mod user;

use reqwest::Method;
use serde_json::Value;

use crate::{
    actor::{Answer, User, read},
    app::{App, Plan},
};

/// A gateway with `simple` and `login`.
fn both() -> App {
    Plan::new().simple().login().start()
}

impl App {
    /// Writes into the database behind the gateway's back.
    async fn write(&self, statement: &'static str) {
        self.run(statement).await;
    }
}

/// Demands that a request is refused to strangers and to users without the role.
async fn for_administrators(app: &App, ann: &User<'_>, method: Method, path: &str, body: Option<&Value>) {
    let request = app.http.request(method.clone(), app.url(path));
    let request = if let Some(body) = body { request.json(body) } else { request };
    read(request.send().await.unwrap()).await.problem(401, "token_missing");
    ann.send(method, path, body).await.problem(403, "forbidden");
}

/// One member of every item of a page.
fn column(page: &Answer, name: &str) -> Vec<String> {
    let items = page.json["items"].as_array().unwrap_or_else(|| panic!("no items in {}", page.text));
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    items.iter().map(|item| shown(&item[name])).collect()
}
