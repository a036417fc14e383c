//! `hello`: the example of `docs/writing-a-provider.md`. It proves with a password, as `simple` does, and keeps two things
//! about each user. With the feature `v2` it is its own next version, which keeps a third.

use vestibule_plugin::{Context, Facts, Field, Input, Manifest, Provider, Refusal, Step};

struct Hello;

/// The oldest person on record became 122.
const OLDEST: i64 = 130;

impl Provider for Hello {
    fn describe() -> Manifest {
        let email = || Field::email("email").label("E-mail").example("ann@example.org");
        let password = || Field::password("password").label("Password");
        let mut signup = vec![
            email(),
            password(),
            Field::text("city").label("City").max(80).example("Graz"),
            Field::integer("age").label("Age").required(false).example("41"),
        ];
        if cfg!(feature = "v2") {
            signup.push(Field::text("pet").label("Pet").max(80).required(false));
        }
        let (version, summary) =
            if cfg!(feature = "v2") { ("2.0.0", "Greets you, your city and your pet.") } else { ("1.0.0", "Greets you and your city.") };
        let manifest = Manifest::new("Hello", version).summary(summary).signup(signup).signin([email(), password()]);
        let manifest = manifest.attribute("city").attribute("age");
        if cfg!(feature = "v2") { manifest.attribute("pet") } else { manifest }
    }

    fn signup(_ctx: &Context, input: &Input) -> Result<Step, Refusal> {
        let email = input.text("email")?;
        let mut facts = Facts::password(email, "password").email(email).attribute("city", input.text("city")?);
        if let Some(age) = input.optional_integer("age") {
            if !(0..=OLDEST).contains(&age) {
                return Err(Refusal::invalid("age", "out_of_range", "must be from 0 to 130"));
            }
            facts = facts.attribute("age", age.to_string());
        }
        if let Some(pet) = input.optional_text("pet") {
            facts = facts.attribute("pet", pet);
        }
        Ok(facts.into())
    }

    fn signin(_ctx: &Context, input: &Input) -> Result<Step, Refusal> {
        let email = input.text("email")?;
        Ok(Facts::password(email, "password").email(email).into())
    }
}

vestibule_plugin::export!(Hello);

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_plugin::{Entry, Value};

    fn signup(age: Option<i64>) -> Result<Step, Refusal> {
        let text = |name: &str, text: &str| Entry { name: name.to_owned(), value: Value::Text(text.to_owned()) };
        let mut entries = vec![text("email", "ann@example.org"), text("city", "Graz")];
        entries.extend(age.map(|age| Entry { name: "age".to_owned(), value: Value::Integer(age) }));
        let ctx = Context {
            provider: "hello".to_owned(),
            locale: "en".to_owned(),
            public_url: "http://127.0.0.1:5000".to_owned(),
            next_flow: "f".to_owned(),
            ext: Vec::new(),
        };
        Hello::signup(&ctx, &Input::new(entries))
    }

    #[test]
    fn keeps_what_was_given_and_declares_all_of_it() {
        for (age, kept) in [(Some(41), &["city", "age"][..]), (None, &["city"])] {
            let Ok(Step::Verified(facts)) = signup(age) else { panic!("no facts") };
            let names: Vec<_> = facts.attributes.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, kept);
            assert!(facts.attributes.iter().all(|(name, _)| Hello::describe().attributes.contains(name)));
        }
    }

    #[test]
    fn refuses_an_age_that_nobody_has() {
        for age in [-1, 131, i64::MAX] {
            assert_eq!(signup(Some(age)), Err(Refusal::invalid("age", "out_of_range", "must be from 0 to 130")));
        }
    }
}
