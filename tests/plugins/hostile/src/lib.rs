//! Attacks the gateway at sign-in in the way that the setting `attack` names; `tests/plugins/README.md` lists the ways. What an
//! attack finds out it reports as the text of a refusal. Sign-up behaves, so that there is an account to attack.

mod answer;
mod call;
#[cfg(feature = "http")]
mod fetch;
mod look;
#[cfg(feature = "mail")]
mod post;
mod spend;

use vestibule_plugin::{Context, Facts, Field, Input, Manifest, Provider, Refusal, Step, host};

struct Hostile;

type Answer = Result<Step, Refusal>;
/// By name; several rooms have their own.
type Attacks = &'static [(&'static str, fn(&Input) -> Answer)];

const ROOMS: &[Attacks] = &[
    spend::ATTACKS,
    call::ATTACKS,
    answer::ATTACKS,
    look::ATTACKS,
    #[cfg(feature = "http")]
    fetch::ATTACKS,
    #[cfg(feature = "mail")]
    post::ATTACKS,
];

impl Provider for Hostile {
    fn describe() -> Manifest {
        let fields = [Field::email("email"), Field::password("password")];
        let manifest = Manifest::new("Hostile", env!("CARGO_PKG_VERSION"))
            .summary("Attacks the gateway in the way that its setting says.")
            .signup(fields.clone())
            .signin(fields)
            .attribute("note")
            .required_setting("attack", "What to do at sign-in; none for nothing.")
            .optional_setting("url", "Where the fetching attacks go.");
        if cfg!(feature = "mail") { manifest.mail("code") } else { manifest }
    }

    fn signup(_ctx: &Context, input: &Input) -> Answer {
        behave(input)
    }

    fn signin(_ctx: &Context, input: &Input) -> Answer {
        let attack = host::required_setting("attack")?;
        let known = ROOMS.iter().copied().flatten().find(|(name, _)| *name == attack);
        known.map_or_else(|| Err(report(&["there is no attack ", &attack])), |(_, run)| run(input))
    }

    fn resume(_ctx: &Context, state: &[u8], _input: &Input) -> Answer {
        Err(report(&["resumed with ", &state.len().to_string(), " bytes"]))
    }
}

/// What an honest provider answers.
fn honest(input: &Input) -> Result<Facts, Refusal> {
    let email = input.text("email")?;
    Ok(Facts::password(email, "password").email(email))
}

fn behave(input: &Input) -> Answer {
    Ok(honest(input)?.into())
}

fn report(parts: &[&str]) -> Refusal {
    Refusal::other("report", parts.concat())
}

vestibule_plugin::export!(Hostile);

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_attack_has_a_name_of_its_own_and_stands_in_the_readme() {
        let readme = include_str!("../../README.md");
        let mut names = BTreeSet::new();
        for (name, _) in ROOMS.iter().copied().flatten() {
            assert!(names.insert(name), "{name} stands twice");
            assert!(readme.contains(&format!("`{name}`")), "{name} is not in tests/plugins/README.md");
        }
    }
}
