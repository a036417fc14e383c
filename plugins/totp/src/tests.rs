//! Enrolment and question, against a gateway made of cells.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
};

use super::*;

#[derive(Default)]
struct Desk {
    now: Cell<u64>,
    secret: RefCell<Option<Vec<u8>>>,
    counters: RefCell<HashMap<String, u64>>,
}

impl Outside for Desk {
    fn now(&self) -> u64 {
        self.now.get()
    }

    fn random(&self, length: u32) -> Vec<u8> {
        b"12345678901234567890"[..length as usize].to_vec()
    }

    fn setting(&self, _name: &str) -> Option<String> {
        None
    }

    fn secret(&self, subject: &str) -> Option<Vec<u8>> {
        self.secret.borrow().clone().filter(|_| subject == "s1")
    }

    fn increment(&self, key: &str, _ttl_seconds: u32) -> u64 {
        let mut counters = self.counters.borrow_mut();
        let count = counters.entry(key.to_owned()).or_default();
        *count += 1;
        *count
    }
}

fn context(ext: &[(&str, &str)]) -> Context {
    Context {
        provider: "totp".to_owned(),
        locale: "en".to_owned(),
        public_url: "https://id.example.org:8443/x".to_owned(),
        next_flow: String::new(),
        ext: ext.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
    }
}

fn ann() -> Context {
    context(&[("subject", "s1"), ("account", "ann@example.org")])
}

fn answer(desk: &Desk, state: &[u8], code: &str) -> Result<Step, Refusal> {
    check(desk, &ann(), state, &Input::from([("code", code)]))
}

fn codes_of(refusal: Result<Step, Refusal>) -> String {
    match refusal {
        Err(Refusal::Invalid(errors)) => errors[0].code.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn enrolled_with_a_first_code_and_asked_for_the_next() {
    let desk = Desk::default();
    desk.now.set(59);
    let Ok(Step::Prompt(prompt)) = enrol(&desk, &ann()) else { panic!() };
    let data: HashMap<String, String> = prompt.data.into_iter().collect();
    assert_eq!(data["secret"], "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    assert!(data["otpauth_uri"].starts_with("otpauth://totp/id.example.org%3A8443:ann%40example.org?secret=GEZD"), "{data:?}");
    assert_eq!(codes_of(answer(&desk, &prompt.state, "000000")), "wrong_code");
    let Ok(Step::Verified(facts)) = answer(&desk, &prompt.state, "287082") else { panic!() };
    assert_eq!((facts.subject.as_str(), facts.private.as_deref()), ("s1", Some(&b"12345678901234567890"[..])));

    *desk.secret.borrow_mut() = facts.private;
    let Ok(Step::Prompt(prompt)) = ask(&desk, &ann()) else { panic!() };
    assert!(prompt.data.is_empty(), "the secret is shown once");
    assert_eq!(codes_of(answer(&desk, &prompt.state, "287082")), "code_used", "the one of the enrolment");
    desk.now.set(1_111_111_111);
    let Ok(Step::Verified(facts)) = answer(&desk, &prompt.state, "050 471") else { panic!() };
    assert_eq!((facts.subject.as_str(), facts.private), ("s1", None));
    assert_eq!(codes_of(answer(&desk, &prompt.state, "050471")), "code_used");
}

#[test]
fn without_a_secret_or_a_subject_nothing_is_asked() {
    let desk = Desk::default();
    assert!(matches!(ask(&desk, &ann()), Err(Refusal::Denied(_))));
    assert!(matches!(answer(&desk, &[ASKING], "287082"), Err(Refusal::Denied(_))));
    assert!(matches!(answer(&desk, &[], "287082"), Err(Refusal::Denied(_))));
    assert!(matches!(enrol(&desk, &context(&[])), Err(Refusal::Upstream(_))));
}
