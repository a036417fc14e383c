//! `totp`: codes from an authenticator app as a second factor. The gateway says whom a call is about and keeps the secret; this
//! provider makes it, checks codes, and takes none twice.

mod code;
mod outside;

use outside::{Gateway, Outside};
use vestibule_plugin::{Context, Facts, Field, Input, Manifest, Prompt, Provider, Refusal, Step};

struct Totp;

const ISSUER: &str = "issuer";
/// First byte of a state: a secret to be confirmed, or a question to somebody who has one.
const ENROLLING: u8 = 1;
const ASKING: u8 = 2;
/// Longer than a code can be taken.
const REMEMBERED: u32 = 300;

impl Provider for Totp {
    fn describe() -> Manifest {
        Manifest::new("Authenticator app", env!("CARGO_PKG_VERSION"))
            .summary("A second factor: six digits from an app such as Aegis, Google Authenticator or 1Password.")
            .signup([])
            .signin([])
            .factor()
            .optional_setting(ISSUER, "How the app names this service; the host name of public_url unless set.")
    }

    fn signup(ctx: &Context, _input: &Input) -> Result<Step, Refusal> {
        enrol(&Gateway, ctx)
    }

    fn signin(ctx: &Context, _input: &Input) -> Result<Step, Refusal> {
        ask(&Gateway, ctx)
    }

    fn resume(ctx: &Context, state: &[u8], input: &Input) -> Result<Step, Refusal> {
        check(&Gateway, ctx, state, input)
    }
}

fn field() -> [Field; 1] {
    [Field::token("code").label("Code").help("The six digits that the app shows.").max(10)]
}

fn subject(ctx: &Context) -> Result<&str, Refusal> {
    ctx.subject().ok_or_else(|| Refusal::upstream("the gateway does not say whom this is about: is factor = true missing?"))
}

fn enrol(outside: &impl Outside, ctx: &Context) -> Result<Step, Refusal> {
    let subject = subject(ctx)?;
    let secret = outside.random(code::SECRET);
    let issuer = outside.setting(ISSUER).unwrap_or_else(|| host_of(&ctx.public_url).to_owned());
    let text = code::base32(&secret);
    let uri = code::uri(&issuer, ctx.account().unwrap_or(subject), &text);
    let state = [&[ENROLLING][..], &secret].concat();
    let message = "Scan the code with your authenticator app, or type the secret into it; then type the six digits that it shows.";
    Ok(Prompt::new(message, field(), state).data("secret", text).data("otpauth_uri", uri).into())
}

fn ask(outside: &impl Outside, ctx: &Context) -> Result<Step, Refusal> {
    outside.secret(subject(ctx)?).ok_or_else(|| Refusal::denied("nobody has enrolled this"))?;
    Ok(Prompt::new("Type the six digits that your authenticator app shows.", field(), [ASKING]).seconds(300).into())
}

fn check(outside: &impl Outside, ctx: &Context, state: &[u8], input: &Input) -> Result<Step, Refusal> {
    let subject = subject(ctx)?;
    let (secret, new) = match state {
        [ENROLLING, secret @ ..] => (secret.to_vec(), true),
        [ASKING] => (outside.secret(subject).ok_or_else(|| Refusal::denied("nobody has enrolled this"))?, false),
        _ => return Err(Refusal::denied("the state is not one of this provider's")),
    };
    let Some(step) = code::step_of(&secret, outside.now(), input.text("code")?) else {
        return Err(Refusal::invalid("code", "wrong_code", "is not the code that the app shows now: wait for the next one"));
    };
    // Counted for all gateways together: whoever sees a code being typed cannot use it too (RFC 6238, 5.2).
    if outside.increment(&["used:", subject, ":", &step.to_string()].concat(), REMEMBERED) > 1 {
        return Err(Refusal::invalid("code", "code_used", "was used already: wait for the next one"));
    }
    let facts = Facts::vouched(subject);
    Ok(if new { facts.private(secret) } else { facts }.into())
}

/// `https://id.example.org:8443/x` is `id.example.org:8443`.
fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

vestibule_plugin::export!(Totp);

#[cfg(test)]
mod tests;
