//! `email-code`: a six-digit code by mail proves the address. No password, and the same answer whether or not somebody has an
//! account: who may come in is for the gateway to say.

mod code;
mod outside;

use code::{Letter, MINUTES, SECONDS};
use outside::{Gateway, Outside};
use vestibule_plugin::{Context, Facts, Field, Input, Manifest, Prompt, Provider, Refusal, Step};

struct EmailCode;

/// Codes that one address gets in an hour; with five answers to each that leaves a guesser 25 tries at a million codes.
const CODES_AN_HOUR: u64 = 5;

impl Provider for EmailCode {
    fn describe() -> Manifest {
        let email = || Field::email("email").label("E-mail").help("A code will be sent there.").example("ann@example.org");
        Manifest::new("Code by e-mail", env!("CARGO_PKG_VERSION"))
            .summary("Sign up and in with a code that is sent to your e-mail address.")
            .signup([email()])
            .signin([email()])
            .vouches()
            .mail("code")
    }

    fn signup(_ctx: &Context, input: &Input) -> Result<Step, Refusal> {
        send_code(&Gateway, input)
    }

    fn signin(_ctx: &Context, input: &Input) -> Result<Step, Refusal> {
        send_code(&Gateway, input)
    }

    fn resume(_ctx: &Context, state: &[u8], input: &Input) -> Result<Step, Refusal> {
        check_code(&Gateway, state, input)
    }
}

fn send_code(outside: &impl Outside, input: &Input) -> Result<Step, Refusal> {
    let email = input.text("email")?;
    limit(outside, email)?;
    let (code, letter) = Letter::write(outside, email)?;
    outside.send(email, &code, MINUTES)?;
    let form = [Field::token("code").label("Code").help("The six digits from the mail.").max(10)];
    Ok(Prompt::new("A code is on its way to your e-mail address.", form, letter.seal()).seconds(SECONDS).into())
}

/// Counts by the hour of the clock, so that it is known when the next code can be had. The key is a digest because an address
/// can be longer than a key.
fn limit(outside: &impl Outside, email: &str) -> Result<(), Refusal> {
    const HOUR: u32 = 3600;
    let now = outside.now();
    let key = ["sent:", &code::hex(&outside.sha256(email.as_bytes())), ":", &(now / u64::from(HOUR)).to_string()].concat();
    if outside.increment(&key, HOUR) > CODES_AN_HOUR {
        let left = u64::from(HOUR) - now % u64::from(HOUR);
        return Err(Refusal::retry_after(u32::try_from(left).unwrap_or(HOUR)));
    }
    Ok(())
}

fn check_code(outside: &impl Outside, state: &[u8], input: &Input) -> Result<Step, Refusal> {
    let letter = Letter::open(state).ok_or_else(|| Refusal::denied("the state is not one of this provider's"))?;
    let given = input.text("code")?;
    if outside.now() >= letter.expires_at {
        return Err(Refusal::invalid("code", "code_expired", "is no longer valid: begin again to get a new one"));
    }
    if !letter.matches(outside, given) {
        return Err(Refusal::invalid("code", "wrong_code", "is not the code in the mail: type its six digits again"));
    }
    Ok(Facts::vouched(letter.email.as_str()).verified_email(letter.email).into())
}

vestibule_plugin::export!(EmailCode);

#[cfg(test)]
mod tests;
