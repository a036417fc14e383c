//! `login`: a name of one's own choice and a password, for people without an e-mail address. The password never comes here: the
//! gateway checks or keeps it.

use vestibule_plugin::{Context, Facts, Field, Input, Manifest, Provider, Refusal, Step};

const LOGIN: &str = "login";
const PASSWORD: &str = "password";

struct Login;

impl Provider for Login {
    fn describe() -> Manifest {
        let login = || Field::text(LOGIN).label("Login name").max(60).example("ann");
        let password = || Field::password(PASSWORD).label("Password");
        Manifest::new("Login name and password", env!("CARGO_PKG_VERSION"))
            .summary("Sign up and in with a name of your choice and a password.")
            .signup([
                login().help("3 to 60 letters, digits, dots, hyphens and underscores."),
                password().help("8 to 128 characters; a few random words make a good one."),
            ])
            .signin([login(), password()])
    }

    fn signup(_ctx: &Context, input: &Input) -> Result<Step, Refusal> {
        facts(input)
    }

    fn signin(_ctx: &Context, input: &Input) -> Result<Step, Refusal> {
        facts(input)
    }
}

/// The name in lower case is the subject: one name, one account.
fn facts(input: &Input) -> Result<Step, Refusal> {
    let login = input.text(LOGIN)?.to_ascii_lowercase();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    if !(3..=60).contains(&login.len()) || !login.bytes().all(plain) {
        let rule = "must be 3 to 60 letters (a to z), digits, dots, hyphens and underscores";
        return Err(Refusal::invalid(LOGIN, "invalid_login", rule));
    }
    Ok(Facts::password(login, PASSWORD).into())
}

vestibule_plugin::export!(Login);

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_plugin::Proof;

    #[test]
    fn the_name_in_lower_case_is_the_subject() {
        for (given, subject) in [("Ann", "ann"), ("a.n-n_7", "a.n-n_7"), ("ABC", "abc"), (&"x".repeat(60), &"x".repeat(60))] {
            let Ok(Step::Verified(facts)) = facts(&Input::from([("login", given)])) else { panic!("no facts for {given}") };
            assert_eq!(facts.subject, subject);
            assert_eq!(facts.proof, Proof::Password(PASSWORD.to_owned()));
            assert_eq!((facts.email, facts.email_verified), (None, false));
        }
    }

    #[test]
    fn other_names_are_refused_at_their_field() {
        for given in ["ab", "ann@example.org", "a b c", "änn", "ann!", &"x".repeat(61)] {
            let Err(Refusal::Invalid(errors)) = facts(&Input::from([("login", given)])) else { panic!("{given} was taken") };
            assert_eq!((errors.len(), errors[0].field.as_str(), errors[0].code.as_str()), (1, LOGIN, "invalid_login"));
        }
    }

    #[test]
    fn asks_the_operator_for_nothing() {
        let manifest = Login::describe();
        assert!(!manifest.vouches);
        assert!(manifest.hosts.is_empty() && manifest.settings.is_empty() && manifest.secrets.is_empty() && manifest.mails.is_empty());
        for form in [manifest.signup, manifest.signin] {
            let fields = form.expect("a form").fields;
            let limits: Vec<_> = fields.iter().map(|field| (field.name.as_str(), field.max_length, field.required)).collect();
            assert_eq!(limits, [(LOGIN, 60, true), (PASSWORD, 128, true)]);
        }
    }
}
