use std::{collections::BTreeSet, time::Duration};

use futures_util::future::join_all;
use vestibule::model::{
    SessionId, UserId,
    session::{EndReason, Ended, NewSession, Rotated, Rotation, Session},
};

use super::{
    place::{Place, Store},
    samples::{NOW, at, ended, new_session, reread, rotation, session},
};

async fn rotate(store: &dyn Store, id: SessionId, rotation: &Rotation) -> Rotated {
    store.rotate_session(id, rotation).await.unwrap()
}

pub(super) async fn kept_as_made(place: &impl Place) {
    let store = place.open().await;
    let made = store.create_session(&new_session(UserId(7))).await.unwrap();
    let new = new_session(UserId(7));
    let expected = Session {
        id: made.id,
        user: UserId(7),
        amr: new.amr,
        provider_digest: new.provider_digest,
        counter: 0,
        roles: new.roles,
        ext: new.ext,
        kid: new.kid,
        rotated_at: NOW,
        created_at: NOW,
        expires_at: at(3600),
        idle_expires_at: at(600),
        ended: None,
        address: new.address,
        user_agent: new.user_agent,
    };
    assert_eq!(made, expected);
    assert_eq!(place.open().await.session(made.id).await.unwrap(), Some(expected), "also after a restart");
    assert_eq!(store.session(SessionId(404)).await.unwrap(), None);
}

pub(super) async fn rotation_turns_the_counter(place: &impl Place) {
    let store = place.open().await;
    let made = session(&*store).await;
    let expected = Session {
        counter: 1,
        roles: vec!["reader".into(), "writer".into()],
        kid: "k2".into(),
        rotated_at: at(60),
        idle_expires_at: at(660),
        ..made.clone()
    };
    assert_eq!(rotate(&*store, made.id, &rotation(0, at(60))).await, Rotated::Fresh(expected.clone()));
    assert_eq!(reread(&*store, made.id).await, expected);
    assert!(matches!(rotate(&*store, made.id, &rotation(1, at(61))).await, Rotated::Fresh(turned) if turned.counter == 2));
    assert_eq!(rotate(&*store, SessionId(404), &rotation(0, NOW)).await, Rotated::Gone);
}

pub(super) async fn a_late_duplicate_gets_the_same_pair(place: &impl Place) {
    let store = place.open().await;
    let id = session(&*store).await.id;
    let Rotated::Fresh(turned) = rotate(&*store, id, &rotation(0, at(60))).await else { panic!("not fresh") };
    for seconds in [59, 60, 70] {
        let late = Rotation { kid: "k3".into(), roles: vec![], ..rotation(0, at(seconds)) };
        assert_eq!(rotate(&*store, id, &late).await, Rotated::Again(turned.clone()), "{seconds}");
    }
    assert_eq!(reread(&*store, id).await, turned, "unchanged");
}

pub(super) async fn a_window_of_zero_has_no_retry(place: &impl Place) {
    let store = place.open().await;
    for seconds in [59, 60, 61] {
        let id = session(&*store).await.id;
        let strict = |at| Rotation { retry_window: Duration::ZERO, ..rotation(0, at) };
        assert!(matches!(rotate(&*store, id, &strict(at(60))).await, Rotated::Fresh(_)));
        assert!(matches!(rotate(&*store, id, &strict(at(seconds))).await, Rotated::Reused(_)), "{seconds}");
    }
}

pub(super) async fn reuse_ends_the_session_once(place: &impl Place) {
    let store = place.open().await;
    let id = session(&*store).await.id;
    rotate(&*store, id, &rotation(0, at(60))).await;
    let too_late = rotation(0, at(70).plus(Duration::from_micros(1)));
    let Rotated::Reused(row) = rotate(&*store, id, &too_late).await else { panic!("not reused") };
    assert_eq!(row.ended, Some(Ended { at: too_late.at, reason: EndReason::Reuse }));
    assert_eq!(reread(&*store, id).await, row);
    for counter in [0, 1] {
        assert_eq!(rotate(&*store, id, &rotation(counter, at(71))).await, Rotated::Gone, "the whole family has ended");
    }

    let two_behind = session(&*store).await.id;
    for counter in [0, 1] {
        rotate(&*store, two_behind, &rotation(counter, at(60))).await;
    }
    assert!(
        matches!(rotate(&*store, two_behind, &rotation(0, at(60))).await, Rotated::Reused(_)),
        "inside the window, but not the last one"
    );
}

pub(super) async fn a_forged_counter_is_gone(place: &impl Place) {
    let store = place.open().await;
    let made = session(&*store).await;
    for counter in [1, 2, i64::MAX] {
        assert_eq!(rotate(&*store, made.id, &rotation(counter, at(1))).await, Rotated::Gone);
    }
    assert_eq!(reread(&*store, made.id).await, made, "nobody is signed out by it");
}

pub(super) async fn logout_wins(place: &impl Place) {
    let store = place.open().await;
    let id = session(&*store).await.id;
    rotate(&*store, id, &rotation(0, at(60))).await;
    assert!(store.end_session(id, ended(61, EndReason::Logout)).await.unwrap());
    assert!(!store.end_session(id, ended(62, EndReason::Administrator)).await.unwrap(), "ended before");
    assert!(!store.end_session(SessionId(404), ended(62, EndReason::Logout)).await.unwrap());
    for counter in [0, 1] {
        assert_eq!(rotate(&*store, id, &rotation(counter, at(61))).await, Rotated::Gone, "neither fresh nor again");
    }
    assert_eq!(reread(&*store, id).await.ended, Some(ended(61, EndReason::Logout)));

    // However they meet, a session that was logged out is ended afterwards.
    let id = session(&*store).await.id;
    let (turning, ending) = (rotation(0, at(1)), ended(1, EndReason::Logout));
    let rotations = join_all((0..20).map(|_| store.rotate_session(id, &turning)));
    let (_, logout) = tokio::join!(rotations, store.end_session(id, ending));
    assert!(logout.unwrap());
    assert_eq!(reread(&*store, id).await.ended, Some(ending));
    assert_eq!(rotate(&*store, id, &rotation(1, at(2))).await, Rotated::Gone);
}

pub(super) async fn expiry_ends_rotation(place: &impl Place) {
    let store = place.open().await;
    let idle = session(&*store).await.id;
    assert_eq!(rotate(&*store, idle, &rotation(0, at(600))).await, Rotated::Gone);
    assert!(matches!(rotate(&*store, idle, &rotation(0, at(599))).await, Rotated::Fresh(_)));
    let short = NewSession { expires_at: at(100), ..new_session(UserId(7)) };
    let short = store.create_session(&short).await.unwrap().id;
    assert!(matches!(rotate(&*store, short, &rotation(0, at(99))).await, Rotated::Fresh(_)));
    for counter in [0, 1] {
        assert_eq!(rotate(&*store, short, &rotation(counter, at(100))).await, Rotated::Gone, "neither fresh, again nor reused");
    }
    assert_eq!(reread(&*store, short).await.ended, None);
}

pub(super) async fn idle_end_stays_below_the_absolute_end(place: &impl Place) {
    let store = place.open().await;
    let new = NewSession { idle_expires_at: at(9999), ..new_session(UserId(7)) };
    let made = store.create_session(&new).await.unwrap();
    assert_eq!((made.expires_at, made.idle_expires_at), (at(3600), at(3600)));
    let Rotated::Fresh(turned) = rotate(&*store, made.id, &rotation(0, at(3500))).await else { panic!("not fresh") };
    assert_eq!((turned.expires_at, turned.idle_expires_at), (at(3600), at(3600)));
}

pub(super) async fn a_race_has_one_winner(place: &impl Place) {
    let gateways = [place.open().await, place.open().await];
    let id = session(&*gateways[0]).await.id;
    let turning = rotation(0, at(60));
    let outcomes = join_all(gateways.iter().cycle().take(100).map(|store| store.rotate_session(id, &turning))).await;
    let row = reread(&*gateways[0], id).await;
    let mut fresh = 0;
    for outcome in outcomes {
        match outcome.unwrap() {
            Rotated::Fresh(turned) => {
                fresh += 1;
                assert_eq!(turned, row);
            }
            outcome => assert_eq!(outcome, Rotated::Again(row.clone())),
        }
    }
    assert_eq!((fresh, row.counter), (1, 1));
}

pub(super) async fn a_race_of_reuse_is_reported_once(place: &impl Place) {
    let gateways = [place.open().await, place.open().await];
    let id = session(&*gateways[0]).await.id;
    rotate(&*gateways[0], id, &rotation(0, at(60))).await;
    let spent = rotation(0, at(90));
    let outcomes = join_all(gateways.iter().cycle().take(40).map(|store| store.rotate_session(id, &spent))).await;
    let reused = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Rotated::Reused(_)))).count();
    let gone = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Rotated::Gone))).count();
    assert_eq!((reused, gone), (1, 39));
}

pub(super) async fn ending_all_spares_one(place: &impl Place) {
    let store = place.open().await;
    let [first, second, third] = [session(&*store).await.id, session(&*store).await.id, session(&*store).await.id];
    let others = store.create_session(&new_session(UserId(8))).await.unwrap().id;
    store.end_session(first, ended(1, EndReason::Logout)).await.unwrap();
    let spared = store.end_sessions_of(UserId(7), Some(third), ended(2, EndReason::Password)).await.unwrap();
    assert_eq!(spared, [second]);
    assert_eq!(reread(&*store, first).await.ended, Some(ended(1, EndReason::Logout)), "the first reason stays");
    assert_eq!(reread(&*store, third).await.ended, None);
    assert_eq!(store.end_sessions_of(UserId(7), None, ended(3, EndReason::LogoutAll)).await.unwrap(), [third]);
    assert_eq!(store.end_sessions_of(UserId(7), None, ended(4, EndReason::Account)).await.unwrap(), []);
    assert_eq!(reread(&*store, others).await.ended, None, "another user's");
}

pub(super) async fn listed_live_and_newest_first(place: &impl Place) {
    let store = place.open().await;
    let mut ids = Vec::new();
    for seconds in [0, 20, 10] {
        let new = NewSession { created_at: at(seconds), ..new_session(UserId(7)) };
        ids.push(store.create_session(&new).await.unwrap().id);
    }
    let gone = session(&*store).await.id;
    store.end_session(gone, ended(1, EndReason::Logout)).await.unwrap();
    let expired = NewSession { idle_expires_at: at(30), ..new_session(UserId(7)) };
    store.create_session(&expired).await.unwrap();
    store.create_session(&new_session(UserId(8))).await.unwrap();
    let listed: Vec<_> = store.sessions_of(UserId(7), at(30)).await.unwrap().into_iter().map(|session| session.id).collect();
    assert_eq!(listed, [ids[1], ids[2], ids[0]]);
}

pub(super) async fn touched_it_lives_on_to_its_absolute_end(place: &impl Place) {
    let store = place.open().await;
    let id = session(&*store).await.id;
    assert!(store.touch_session(id, at(1200)).await.unwrap());
    assert_eq!(reread(&*store, id).await.idle_expires_at, at(1200));
    assert!(store.touch_session(id, at(900)).await.unwrap());
    assert_eq!(reread(&*store, id).await.idle_expires_at, at(1200), "never nearer");
    assert!(store.touch_session(id, at(4000)).await.unwrap());
    assert_eq!(reread(&*store, id).await.idle_expires_at, at(3600), "never beyond the end");
    store.end_session(id, ended(1, EndReason::Logout)).await.unwrap();
    assert!(!store.touch_session(id, at(3600)).await.unwrap(), "logout wins");
    assert!(!store.touch_session(SessionId(404), at(3600)).await.unwrap());
}

pub(super) async fn those_of_a_deleted_user_leave_nothing(place: &impl Place) {
    let store = place.open().await;
    let (live, over) = (session(&*store).await.id, session(&*store).await.id);
    store.end_session(over, ended(1, EndReason::Account)).await.unwrap();
    let others = store.create_session(&new_session(UserId(8))).await.unwrap().id;
    assert_eq!(store.delete_sessions_of(UserId(7)).await.unwrap(), 2);
    assert_eq!(store.delete_sessions_of(UserId(7)).await.unwrap(), 0);
    for id in [live, over] {
        assert_eq!(store.session(id).await.unwrap(), None);
    }
    assert_eq!(reread(&*store, others).await.ended, None, "another user's");
}

pub(super) async fn purge_keeps_the_living(place: &impl Place) {
    let store = place.open().await;
    let live = session(&*store).await.id;
    let gone = session(&*store).await.id;
    store.end_session(gone, ended(50, EndReason::Logout)).await.unwrap();
    let idle = store.create_session(&NewSession { idle_expires_at: at(70), ..new_session(UserId(7)) }).await.unwrap().id;
    assert_eq!(store.purge_sessions(at(50)).await.unwrap(), 0);
    assert_eq!(store.purge_sessions(at(51)).await.unwrap(), 1);
    assert_eq!(store.session(gone).await.unwrap(), None);
    assert_eq!(store.purge_sessions(at(71)).await.unwrap(), 1);
    assert_eq!(store.session(idle).await.unwrap(), None);
    assert!(store.session(live).await.unwrap().is_some());
}

pub(super) async fn ids_are_never_given_again(place: &impl Place) {
    let mut seen = BTreeSet::new();
    for _ in 0..3 {
        let store = place.open().await;
        let id = session(&*store).await.id;
        assert!(seen.insert(id), "{id} was given before");
        store.end_session(id, ended(1, EndReason::Logout)).await.unwrap();
        assert_eq!(store.purge_sessions(at(9)).await.unwrap(), 1);
    }
}

/// More than one batch, and those that others ended or made.
pub(super) async fn rule32_ended_by_provider_and_digest(place: &impl Place) {
    let store = place.open().await;
    let make = async |amr: &[&str], digest: &str| {
        let amr = amr.iter().map(|name| (*name).to_owned()).collect();
        store.create_session(&NewSession { amr, provider_digest: digest.into(), ..new_session(UserId(7)) }).await.unwrap().id
    };
    let mut old = Vec::new();
    for _ in 0..600 {
        old.push(make(&["simple"], "d1").await);
    }
    let new = make(&["simple"], "d2").await;
    let second = make(&["facebook", "totp"], "f1").await;
    let other = make(&["simple-2"], "d1").await;
    assert!(store.end_session(old[0], ended(1, EndReason::Logout)).await.unwrap());
    let mut by_digest = store.end_sessions_by("simple", Some("d1"), ended(2, EndReason::Administrator)).await.unwrap();
    by_digest.sort();
    assert_eq!(by_digest, old[1..]);
    assert_eq!(reread(&*store, old[0]).await.ended, Some(ended(1, EndReason::Logout)));
    assert_eq!(reread(&*store, old[599]).await.ended, Some(ended(2, EndReason::Administrator)));
    assert_eq!(store.end_sessions_by("simple", None, ended(3, EndReason::Administrator)).await.unwrap(), [new]);
    assert_eq!(store.end_sessions_by("totp", None, ended(3, EndReason::Administrator)).await.unwrap(), [second]);
    assert_eq!(store.end_sessions_by("totp", None, ended(4, EndReason::Administrator)).await.unwrap(), []);
    assert_eq!(reread(&*store, other).await.ended, None);
}
