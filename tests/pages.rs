//! Pages, as a person without scripts sees them.

mod account;
mod admin;
pub mod browser;
mod challenge;
mod cookie;
mod csrf;
mod invitation;
mod markup;
mod overview;
mod provider;
mod recover;
mod return_to;
mod signin;
mod signup;

/// Signs in by `simple`.
fn by_password<'a>(email: &'a str, password: &'a str) -> [(&'static str, &'a str); 3] {
    [("type", "simple"), ("email", email), ("password", password)]
}
