//! The whole way in, against a gateway made of cells.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    hash::{DefaultHasher, Hasher},
};

use super::*;
use vestibule_plugin::Proof;

#[derive(Default)]
struct Desk {
    now: Cell<u64>,
    drawn: Cell<u8>,
    counters: RefCell<HashMap<String, u64>>,
    mails: RefCell<Vec<(String, String)>>,
}

impl Outside for Desk {
    fn now(&self) -> u64 {
        self.now.get()
    }

    fn random(&self, length: u32) -> Vec<u8> {
        self.drawn.set(self.drawn.get() + 1);
        (0..length).map(|at| self.drawn.get().wrapping_mul(31).wrapping_add(u8::try_from(at % 251).unwrap())).collect()
    }

    fn sha256(&self, message: &[u8]) -> Vec<u8> {
        let part = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            hasher.write_u8(salt);
            hasher.write(message);
            hasher.finish().to_be_bytes()
        };
        [part(0), part(1), part(2), part(3)].concat()
    }

    fn increment(&self, key: &str, _ttl_seconds: u32) -> u64 {
        assert!(key.len() <= 200, "{key}");
        let mut counters = self.counters.borrow_mut();
        let count = counters.entry(key.to_owned()).or_default();
        *count += 1;
        *count
    }

    fn send(&self, to: &str, code: &str, _minutes: &str) -> Result<(), Refusal> {
        self.mails.borrow_mut().push((to.to_owned(), code.to_owned()));
        Ok(())
    }
}

fn ask(desk: &Desk, email: &str) -> Prompt {
    match send_code(desk, &Input::from([("email", email)])) {
        Ok(Step::Prompt(prompt)) => prompt,
        other => panic!("{other:?}"),
    }
}

fn code_of(refusal: Result<Step, Refusal>) -> String {
    match refusal {
        Err(Refusal::Invalid(errors)) => errors[0].code.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_code_in_the_mail_opens() {
    let desk = Desk::default();
    let prompt = ask(&desk, "ann@example.org");
    let (to, code) = desk.mails.borrow()[0].clone();
    assert_eq!(to, "ann@example.org");
    assert_eq!(code.len(), 6);
    for typed in [code.clone(), format!("{} {}", &code[..3], &code[3..])] {
        let Ok(Step::Verified(facts)) = check_code(&desk, &prompt.state, &Input::from([("code", typed.as_str())])) else { panic!() };
        assert_eq!((facts.subject.as_str(), facts.email.as_deref()), ("ann@example.org", Some("ann@example.org")));
        assert_eq!((facts.proof, facts.email_verified), (Proof::Vouched, true));
    }
}

#[test]
fn a_wrong_code_a_late_code_and_a_foreign_code_do_not() {
    let desk = Desk::default();
    let (ann, bob) = (ask(&desk, "ann@example.org"), ask(&desk, "bob@example.org"));
    let code = |at: usize| desk.mails.borrow()[at].1.clone();
    assert_ne!(code(0), code(1));
    let answer = |state: &[u8], code: &str| check_code(&desk, state, &Input::from([("code", code)]));
    assert_eq!(code_of(answer(&ann.state, &code(1))), "wrong_code");
    assert_eq!(code_of(answer(&bob.state, "")), "wrong_code");
    assert!(matches!(answer(b"nonsense", &code(0)), Err(Refusal::Denied(_))));
    desk.now.set(u64::from(SECONDS));
    assert_eq!(code_of(answer(&ann.state, &code(0))), "code_expired");
}

#[test]
fn neither_the_code_nor_its_bare_digest_is_in_the_state() {
    let desk = Desk::default();
    let state = ask(&desk, "ann@example.org").state;
    let code = desk.mails.borrow()[0].1.clone();
    let holds = |part: &[u8]| state.windows(part.len()).any(|window| window == part);
    assert!(!holds(code.as_bytes()));
    assert!(!holds(&desk.sha256(code.as_bytes())));
}

#[test]
fn five_codes_an_hour_for_each_address() {
    let desk = Desk::default();
    desk.now.set(7200 + 600);
    let long = format!("{}@example.org", "a".repeat(64));
    for _ in 0..CODES_AN_HOUR {
        ask(&desk, &long);
    }
    assert_eq!(send_code(&desk, &Input::from([("email", long.as_str())])), Err(Refusal::retry_after(3000)));
    assert_eq!(desk.mails.borrow().len(), 5);
    ask(&desk, "bob@example.org");
    desk.now.set(10_800);
    ask(&desk, &long);
}
