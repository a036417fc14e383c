//! A second factor that is honest, lies or breaks as the typed code says: `right`, `wrong`, `denied`, `other` (vouches for
//! another subject), `again` (asks once more), `trap`, `verified-next` and `trap-next` (at the next question).

use vestibule_plugin::{Context, Facts, Field, Input, Manifest, Prompt, Provider, Refusal, Step, kv};

struct FalseFactor;

/// What to do at the next question.
const NEXT: &str = "next";

impl Provider for FalseFactor {
    fn describe() -> Manifest {
        Manifest::new("False factor", env!("CARGO_PKG_VERSION")).summary("Obeys what is typed.").signup([]).signin([]).factor()
    }

    fn signup(_ctx: &Context, _input: &Input) -> Result<Step, Refusal> {
        Ok(question("Enrol."))
    }

    fn signin(ctx: &Context, _input: &Input) -> Result<Step, Refusal> {
        match kv::take(NEXT).as_deref() {
            Some(b"trap") => trap(),
            Some(_) => vouch(ctx.subject()),
            None => Ok(question("Well?")),
        }
    }

    fn resume(ctx: &Context, _state: &[u8], input: &Input) -> Result<Step, Refusal> {
        match input.text("code")? {
            "right" => vouch(ctx.subject()),
            "denied" => Err(Refusal::denied("as it was told")),
            "other" => vouch(Some("somebody-else")),
            "again" => Ok(question("Again?")),
            "trap" => trap(),
            "verified-next" => next(ctx, b"verified"),
            "trap-next" => next(ctx, b"trap"),
            _ => Err(Refusal::invalid("code", "wrong_code", "is not the code")),
        }
    }
}

fn question(message: &str) -> Step {
    Prompt::new(message, [Field::token("code")], []).into()
}

fn vouch(subject: Option<&str>) -> Result<Step, Refusal> {
    Ok(Facts::vouched(subject.unwrap_or("nobody")).into())
}

fn next(ctx: &Context, what: &[u8]) -> Result<Step, Refusal> {
    kv::put(NEXT, what, 600);
    vouch(ctx.subject())
}

fn trap() -> Result<Step, Refusal> {
    panic!("as it was told")
}

vestibule_plugin::export!(FalseFactor);
