use futures_util::future::join_all;
use vestibule::model::{
    SessionId, UserId,
    form::{Field, Form, Kind},
    step::{PendingStep, Purpose, StepContext},
};

use super::{
    place::Place,
    samples::{NOW, at},
};

fn step(purpose: Purpose) -> PendingStep {
    let code = Field {
        name: "code".into(),
        kind: Kind::Token,
        required: true,
        label: "Code".into(),
        help: "\"Six\" digits — from the mail".into(),
        example: Some("123456".into()),
        max_length: 6,
    };
    let note = Field { name: "note".into(), kind: Kind::Text, required: false, example: None, ..code.clone() };
    PendingStep {
        provider: "email-code".into(),
        digest: "d1".into(),
        purpose,
        state: vec![0, 1, 254, 255],
        form: Form { fields: vec![code, note] },
        context: StepContext {
            user: Some(UserId(7)),
            session: Some(SessionId(8)),
            amr: vec!["simple".into()],
            invitation: Some("i1".into()),
        },
        attempts: 2,
        expires_at: at(600),
    }
}

pub(super) async fn taken_once(place: &impl Place) {
    let store = place.open().await;
    store.put_step("h1", &step(Purpose::Signin)).await.unwrap();
    assert_eq!(store.take_step("h2", NOW).await.unwrap(), None);
    assert!(store.take_step("h1", NOW).await.unwrap().is_some());
    assert_eq!(store.take_step("h1", NOW).await.unwrap(), None);
    store.put_step("h1", &step(Purpose::Signin)).await.expect("back again after a wrong answer");
    assert!(store.take_step("h1", NOW).await.unwrap().is_some());
}

pub(super) async fn taken_by_one_in_a_race(place: &impl Place) {
    let gateways = [place.open().await, place.open().await];
    gateways[0].put_step("h1", &step(Purpose::Signin)).await.unwrap();
    let taken = join_all(gateways.iter().cycle().take(50).map(|store| store.take_step("h1", NOW))).await;
    assert_eq!(taken.into_iter().filter(|taken| taken.as_ref().unwrap().is_some()).count(), 1);
}

pub(super) async fn expired_is_absent(place: &impl Place) {
    let store = place.open().await;
    for id in ["h1", "h2"] {
        store.put_step(id, &step(Purpose::Signin)).await.unwrap();
    }
    assert_eq!(store.take_step("h1", at(600)).await.unwrap(), None);
    assert!(store.take_step("h2", at(599)).await.unwrap().is_some());
    store.put_step("h3", &PendingStep { expires_at: at(900), ..step(Purpose::Signin) }).await.unwrap();
    assert_eq!(store.purge_steps(at(600)).await.unwrap(), place.purged(1));
    assert!(store.take_step("h3", at(600)).await.unwrap().is_some());
}

pub(super) async fn kept_whole(place: &impl Place) {
    for purpose in [Purpose::Signup, Purpose::Signin] {
        let made = step(purpose);
        place.open().await.put_step("h1", &made).await.unwrap();
        assert_eq!(place.open().await.take_step("h1", NOW).await.unwrap(), Some(made));
    }
}
