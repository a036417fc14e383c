//! Sends people to another site, as OAuth does, and takes its answer: the code `ann-is-here` says that it was ann.

use vestibule_plugin::{Context, Facts, Field, Hop, Input, Manifest, Provider, Refusal, Step};

struct Elsewhere;

impl Provider for Elsewhere {
    fn describe() -> Manifest {
        let manifest = Manifest::new("Elsewhere", env!("CARGO_PKG_VERSION")).summary("Signs you in by another site.");
        manifest.signup([]).signin([]).vouches()
    }

    fn signup(ctx: &Context, _input: &Input) -> Result<Step, Refusal> {
        Ok(away(ctx))
    }

    fn signin(ctx: &Context, _input: &Input) -> Result<Step, Refusal> {
        Ok(away(ctx))
    }

    fn resume(_ctx: &Context, _state: &[u8], input: &Input) -> Result<Step, Refusal> {
        match input.text("code")?.strip_suffix("-is-here") {
            Some(name) => Ok(Facts::vouched(name).into()),
            None => Err(Refusal::invalid("code", "wrong_code", "is not of that site")),
        }
    }
}

fn away(ctx: &Context) -> Step {
    let url = ["https://id.example/authorize?client=1&state=", &ctx.next_flow].concat();
    Hop::new(url, [Field::token("code"), Field::text("iss").required(false)], []).into()
}

vestibule_plugin::export!(Elsewhere);
