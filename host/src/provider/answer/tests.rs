use super::*;
use crate::model::{
    Secret,
    form::{Field, Kind},
};

fn field(name: &str, kind: Kind) -> Field {
    Field { name: name.to_owned(), kind, required: true, label: name.to_owned(), help: String::new(), example: None, max_length: 100 }
}

type Case<T> = (&'static str, fn(&mut T));

struct Said(Result<wit::Step, wit::Refusal>);

impl From<wit::Step> for Said {
    fn from(step: wit::Step) -> Self {
        Self(Ok(step))
    }
}

impl From<wit::Refusal> for Said {
    fn from(refusal: wit::Refusal) -> Self {
        Self(Err(refusal))
    }
}

struct Fixture {
    manifest: Manifest,
    form: Form,
    entries: Entries,
}

impl Fixture {
    fn new() -> Self {
        let form = Form { fields: vec![field("email", Kind::Email), field("password", Kind::Password)] };
        let mut entries = Entries::default();
        entries.0.insert("email".to_owned(), Value::Text("ann@example.org".to_owned()));
        entries.0.insert("password".to_owned(), Value::Password(Secret::new("hunter22".to_owned())));
        let manifest = Manifest {
            name: "Hello".to_owned(),
            summary: String::new(),
            version: "1".to_owned(),
            signup: Some(form.clone()),
            signin: Some(form.clone()),
            attributes: vec!["first_name".to_owned()],
            vouches: true,
            factor: false,
            hosts: Vec::new(),
            settings: Vec::new(),
            secrets: Vec::new(),
            mails: Vec::new(),
        };
        Self { manifest, form, entries }
    }

    fn check(&self, vouch: bool, answer: impl Into<Said>) -> Result<Step, CallError> {
        checked(answer.into().0, &Question { manifest: &self.manifest, vouch, form: &self.form, entries: &self.entries })
    }

    fn problem(&self, vouch: bool, answer: impl Into<Said>) -> String {
        match self.check(vouch, answer) {
            Err(CallError::BadAnswer(problem) | CallError::NotGranted(problem)) => problem,
            other => panic!("{other:?}"),
        }
    }
}

fn facts(change: impl FnOnce(&mut wit::Facts)) -> wit::Step {
    let mut facts = wit::Facts {
        subject: "ann@example.org".to_owned(),
        proof: wit::Proof::Password("password".to_owned()),
        email: Some("Ann@Example.org".to_owned()),
        email_verified: false,
        attributes: vec![("first_name".to_owned(), "Ann".to_owned())],
        private: None,
        ext: Vec::new(),
    };
    change(&mut facts);
    wit::Step::Verified(facts)
}

fn prompt(change: impl FnOnce(&mut wit::Prompt)) -> wit::Step {
    let mut prompt = wit::Prompt {
        message: "Enter the code.".to_owned(),
        form: wit::Form { fields: Vec::new() },
        data: vec![("hint".to_owned(), "a***@example.org".to_owned())],
        state: vec![1],
        seconds: 600,
    };
    change(&mut prompt);
    wit::Step::Prompt(prompt)
}

fn hop(url: &str) -> wit::Step {
    let form = wit::Form { fields: Vec::new() };
    wit::Step::Redirect(wit::Hop { url: url.to_owned(), form, state: Vec::new(), seconds: 60 })
}

#[test]
fn the_guest_gets_a_placeholder_for_a_password() {
    let entries = input(&Fixture::new().entries);
    assert!(matches!(&entries[0].value, wit::Value::Text(text) if text == "ann@example.org"));
    assert!(matches!(entries[1].value, wit::Value::Withheld));
    assert!(!format!("{entries:?}").contains("hunter22"));
}

#[test]
fn good_facts_pass_in_canonical_form() {
    let Ok(Step::Verified(facts)) = Fixture::new().check(false, facts(|_| {})) else { panic!() };
    assert_eq!(facts.email.unwrap().as_str(), "ann@example.org");
    assert_eq!(facts.proof, Proof::Password("password".to_owned()));
    assert_eq!(facts.attributes, [("first_name".to_owned(), "Ann".to_owned())]);
}

#[test]
fn facts_beyond_the_contract_are_named() {
    let cases: [Case<wit::Facts>; 12] = [
        ("subject is empty", |f| f.subject.clear()),
        ("subject is longer than 255", |f| f.subject = "x".repeat(256)),
        ("subject holds control", |f| f.subject = "a\0".to_owned()),
        ("not a password", |f| f.proof = wit::Proof::Password("email".to_owned())),
        ("not a password", |f| f.proof = wit::Proof::Password("other".to_owned())),
        ("email is not an e-mail address", |f| f.email = Some("ann".to_owned())),
        ("needs the proof vouched", |f| f.email_verified = true),
        ("not one that the manifest declares", |f| f.attributes[0].0 = "roles".to_owned()),
        ("first_name is longer than 1024", |f| f.attributes[0].1 = "x".repeat(1025)),
        ("first_name holds control", |f| f.attributes[0].1 = "\0".to_owned()),
        ("first_name is there twice", |f| f.attributes.push(("first_name".to_owned(), String::new()))),
        ("private is larger", |f| f.private = Some(vec![0; MAX_PRIVATE + 1])),
    ];
    for (expected, change) in cases {
        let problem = Fixture::new().problem(false, facts(change));
        assert!(problem.contains(expected), "{problem} is not {expected}");
    }
}

#[test]
fn vouching_needs_grant_and_manifest() {
    let vouched = || facts(|facts| facts.proof = wit::Proof::Vouched);
    let mut fixture = Fixture::new();
    assert!(fixture.check(true, vouched()).is_ok());
    assert!(matches!(fixture.check(false, vouched()), Err(CallError::NotGranted(_))));
    fixture.manifest.vouches = false;
    assert!(matches!(fixture.check(true, vouched()), Err(CallError::NotGranted(_))));
}

#[test]
fn only_vouched_addresses_are_verified() {
    let fixture = Fixture::new();
    let verified = |email: Option<&str>| {
        let email = email.map(str::to_owned);
        facts(|facts| (facts.proof, facts.email_verified, facts.email) = (wit::Proof::Vouched, true, email))
    };
    assert!(matches!(fixture.check(true, verified(Some("a@example.org"))), Ok(Step::Verified(facts)) if facts.email_verified));
    assert!(fixture.problem(true, verified(None)).contains("without an email"));
}

#[test]
fn a_step_without_a_password_cannot_end_in_its_proof() {
    let mut fixture = Fixture::new();
    fixture.form = Form { fields: vec![field("code", Kind::Token)] };
    fixture.entries = Entries::default();
    assert!(fixture.problem(false, facts(|_| {})).contains("not a password"));
}

#[test]
fn prompts_have_bounds() {
    let fixture = Fixture::new();
    assert!(fixture.check(false, prompt(|_| {})).is_ok());
    let cases: [Case<wit::Prompt>; 8] = [
        ("message is longer", |p| p.message = "x".repeat(501)),
        ("state is larger", |p| p.state = vec![0; MAX_STATE + 1]),
        ("seconds is 0", |p| p.seconds = 0),
        ("seconds is 3601", |p| p.seconds = 3601),
        ("data has 17", |p| p.data = vec![("a".to_owned(), String::new()); 17]),
        ("hint is there twice", |p| p.data = vec![("hint".to_owned(), String::new()); 2]),
        ("name of entry 1", |p| p.data[0].0 = "__proto__".to_owned()),
        ("hint is longer", |p| p.data[0].1 = "x".repeat(MAX_DATUM + 1)),
    ];
    for (expected, change) in cases {
        let problem = fixture.problem(false, prompt(change));
        assert!(problem.contains(expected), "{problem} is not {expected}");
    }
}

#[test]
fn redirects_lead_to_the_web_only() {
    let fixture = Fixture::new();
    let Ok(Step::Prompt(prompt)) = fixture.check(false, hop("https://id.example.org/authorize?state=1")) else { panic!() };
    assert_eq!(prompt.redirect.as_deref(), Some("https://id.example.org/authorize?state=1"));
    for url in ["javascript:alert(1)", "data:text/html,x", "/path", "//host/path", "ftp://host", "https://bank.example@evil.example/", ""] {
        assert!(fixture.problem(false, hop(url)).starts_with("redirect: url"), "{url}");
    }
    assert!(fixture.problem(false, hop(&format!("https://a.example/{}", "x".repeat(MAX_URL)))).contains("longer"));
}

#[test]
fn refusals_speak_of_the_form() {
    let fixture = Fixture::new();
    let invalid = |field: &str, code: &str, message: &str| {
        wit::Refusal::Invalid(vec![wit::FieldError { field: field.to_owned(), code: code.to_owned(), message: message.to_owned() }])
    };
    assert!(matches!(fixture.check(false, invalid("email", "taken", "is taken")), Err(CallError::Refused(Refusal::Invalid(_)))));
    assert!(fixture.problem(false, invalid("other", "taken", "is taken")).contains("not in the form"));
    assert!(fixture.problem(false, invalid("email", "Taken!", "is taken")).contains("code of email"));
    assert!(fixture.problem(false, invalid("email", "taken", "a\u{202e}")).contains("message of email"));
    assert!(fixture.problem(false, wit::Refusal::Invalid(Vec::new())).contains("0 errors"));
    assert!(fixture.problem(false, wit::Refusal::Other(("no code".to_owned(), "x".to_owned()))).contains("code"));
    assert_eq!(fixture.check(false, wit::Refusal::Denied("a\nb".to_owned())), Err(CallError::Refused(Refusal::Denied("a b".to_owned()))),);
    assert_eq!(fixture.check(false, wit::Refusal::RetryAfter(u32::MAX)), Err(CallError::Refused(Refusal::RetryAfter(LONGEST_WAIT))));
}
