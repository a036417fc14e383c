//! `simple`: an e-mail address and a password. The password never comes here: the gateway checks or keeps it.

use vestibule_plugin::{Context, Facts, Field, Input, Manifest, Provider, Refusal, Step};

struct Simple;

const PASSWORD: &str = "password";

impl Provider for Simple {
    fn describe() -> Manifest {
        let email = || Field::email("email").label("E-mail").example("ann@example.org");
        let password = || Field::password(PASSWORD).label("Password");
        Manifest::new("E-mail and password", env!("CARGO_PKG_VERSION"))
            .summary("Sign up and in with an e-mail address and a password.")
            .signup([email(), password().help("8 to 128 characters; a few random words make a good one.")])
            .signin([email(), password()])
    }

    fn signup(_ctx: &Context, input: &Input) -> Result<Step, Refusal> {
        facts(input)
    }

    fn signin(_ctx: &Context, input: &Input) -> Result<Step, Refusal> {
        facts(input)
    }
}

/// The address, which the gateway hands over in canonical form, is the subject: one address, one account.
fn facts(input: &Input) -> Result<Step, Refusal> {
    let email = input.text("email")?;
    Ok(Facts::password(email, PASSWORD).email(email).into())
}

vestibule_plugin::export!(Simple);

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_plugin::Proof;

    #[test]
    fn the_password_field_is_the_proof_and_the_address_is_unverified() {
        let Ok(Step::Verified(facts)) = facts(&Input::from([("email", "ann@example.org")])) else { panic!("no facts") };
        assert_eq!(facts.subject, "ann@example.org");
        assert_eq!(facts.proof, Proof::Password(PASSWORD.to_owned()));
        assert_eq!(facts.email.as_deref(), Some("ann@example.org"));
        assert!(!facts.email_verified);
        assert!(facts.attributes.is_empty());
    }

    #[test]
    fn asks_the_operator_for_nothing() {
        let manifest = Simple::describe();
        assert!(!manifest.vouches);
        assert!(manifest.hosts.is_empty() && manifest.settings.is_empty() && manifest.secrets.is_empty() && manifest.mails.is_empty());
        for form in [manifest.signup, manifest.signin] {
            let fields = form.expect("a form").fields;
            let limits: Vec<_> = fields.iter().map(|field| (field.name.as_str(), field.max_length, field.required)).collect();
            assert_eq!(limits, [("email", 254, true), (PASSWORD, 128, true)]);
        }
    }
}
