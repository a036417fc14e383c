use std::time::Duration;

use futures_util::future::join_all;
use vestibule::model::{
    MailId, Timestamp,
    outbox::{ClaimedMail, MailClaim, MailOutcome, MailState, NewMail, OutboxDepth},
    page::{From, PageRequest},
};

use super::{
    place::{Place, Store},
    samples::{NOW, at, email},
};

fn mail(name: &str, created_at: Timestamp) -> NewMail {
    NewMail {
        recipient: email(&format!("{name}@example.org")),
        template: "session-reuse".into(),
        sealed: vec![0, 159, 146, 150],
        created_at,
        give_up_at: created_at.plus(Duration::from_hours(1)),
    }
}

/// Claims for a minute.
async fn claim(store: &dyn Store, by: &str, seconds: u64, most: u32) -> Vec<ClaimedMail> {
    store.claim_mails(&MailClaim { by: by.into(), at: at(seconds), until: at(seconds + 60), most }).await.unwrap()
}

async fn page(store: &dyn Store, state: Option<MailState>, from: From, size: u32) -> (Vec<i64>, u64, Option<i64>) {
    let page = store.outbox_page(state, &PageRequest { from, size }).await.unwrap();
    (page.items.iter().map(|entry| entry.id.0).collect(), page.total, page.next)
}

fn deferred(seconds: u64) -> MailOutcome {
    MailOutcome::Deferred { next_at: at(seconds), error: "busy".into() }
}

fn failed() -> MailOutcome {
    MailOutcome::Failed { error: "no such user".into() }
}

pub(super) async fn claimed_whole_and_settled_once(place: &impl Place) {
    let store = place.open().await;
    let id = store.add_mail(&mail("ann", NOW)).await.unwrap();
    let new = mail("ann", NOW);
    let expected = ClaimedMail {
        id,
        recipient: new.recipient,
        template: new.template,
        sealed: new.sealed,
        attempts: 1,
        created_at: NOW,
        give_up_at: new.give_up_at,
    };
    assert_eq!(claim(&*store, "a", 0, 10).await, [expected]);
    assert!(!store.settle_mail(id, "b", at(1), &MailOutcome::Sent).await.unwrap(), "another claim");
    assert!(store.settle_mail(id, "a", at(2), &MailOutcome::Sent).await.unwrap());
    assert!(!store.settle_mail(id, "a", at(3), &deferred(4)).await.unwrap(), "settled already");
    assert!(claim(&*store, "c", 9999, 10).await.is_empty(), "what has left is not claimed");
    let entry = store.outbox_page(None, &PageRequest { from: From::Number(1), size: 1 }).await.unwrap().items.remove(0);
    assert_eq!((entry.state, entry.done_at, entry.next_at, entry.last_error), (MailState::Sent, Some(at(2)), None, None));
    assert_eq!(entry.recipient, "ann@example.org");
}

pub(super) async fn claimed_by_one_in_a_race(place: &impl Place) {
    let gateways = [place.open().await, place.open().await];
    for n in 0..20 {
        gateways[n % 2].add_mail(&mail("ann", NOW)).await.unwrap();
    }
    let names: Vec<String> = (0..30).map(|n| format!("c{n}")).collect();
    let claims = names.iter().zip(gateways.iter().cycle()).map(|(by, store)| claim(&**store, by, 0, 3));
    let mut ids: Vec<_> = join_all(claims).await.into_iter().flatten().map(|mail| mail.id.0).collect();
    ids.sort_unstable();
    let claimed = ids.len();
    ids.dedup();
    assert_eq!((claimed, ids.len()), (20, 20), "each by one");
}

pub(super) async fn a_claim_runs_out(place: &impl Place) {
    let store = place.open().await;
    let id = store.add_mail(&mail("ann", NOW)).await.unwrap();
    assert_eq!(claim(&*store, "a", 0, 10).await.len(), 1);
    assert!(claim(&*store, "b", 59, 10).await.is_empty());
    let again = claim(&*store, "b", 60, 10).await;
    assert_eq!((again.len(), again[0].attempts), (1, 2));
    assert!(!store.settle_mail(id, "a", at(61), &MailOutcome::Sent).await.unwrap(), "the first lost it");
    assert!(store.settle_mail(id, "b", at(62), &MailOutcome::Sent).await.unwrap());
}

pub(super) async fn those_that_wait_longest_come_first(place: &impl Place) {
    let store = place.open().await;
    let (late, early) = (store.add_mail(&mail("late", at(10))).await.unwrap(), store.add_mail(&mail("early", at(5))).await.unwrap());
    assert!(claim(&*store, "a", 4, 10).await.is_empty(), "none is due");
    assert_eq!(claim(&*store, "a", 20, 1).await[0].id, early);
    assert!(store.settle_mail(early, "a", at(21), &deferred(30)).await.unwrap());
    assert_eq!(claim(&*store, "b", 29, 10).await.iter().map(|mail| mail.id).collect::<Vec<_>>(), [late], "the other waits");
    let back = claim(&*store, "c", 30, 10).await;
    assert_eq!((back[0].id, back[0].attempts), (early, 2));
    let entries = store.outbox_page(Some(MailState::Pending), &PageRequest { from: From::Number(1), size: 10 }).await.unwrap().items;
    let entry = entries.iter().find(|entry| entry.id == early).unwrap();
    assert_eq!((entry.next_at, entry.last_error.as_deref()), (Some(at(30)), Some("busy")));
}

pub(super) async fn released_is_as_if_never_claimed(place: &impl Place) {
    let store = place.open().await;
    let id = store.add_mail(&mail("ann", NOW)).await.unwrap();
    claim(&*store, "a", 0, 10).await;
    assert!(store.settle_mail(id, "a", at(1), &MailOutcome::Released).await.unwrap());
    assert_eq!(claim(&*store, "b", 1, 10).await[0].attempts, 1);
}

pub(super) async fn given_up_and_tried_again(place: &impl Place) {
    let store = place.open().await;
    let id = store.add_mail(&mail("ann", NOW)).await.unwrap();
    claim(&*store, "a", 0, 10).await;
    assert!(store.settle_mail(id, "a", at(1), &failed()).await.unwrap());
    assert!(claim(&*store, "b", 9999, 10).await.is_empty());
    assert!(store.retry_mail(id, at(100), at(200)).await.unwrap());
    let again = claim(&*store, "c", 100, 10).await;
    assert_eq!((again[0].sealed.clone(), again[0].give_up_at, again[0].attempts), (mail("x", NOW).sealed, at(200), 2));
    assert!(store.retry_mail(id, at(101), at(200)).await.unwrap());
    assert!(claim(&*store, "d", 102, 10).await.is_empty(), "a claim is not taken away");
    assert!(store.settle_mail(id, "c", at(103), &MailOutcome::Sent).await.unwrap());
    assert!(!store.retry_mail(id, at(104), at(200)).await.unwrap() && !store.retry_mail(MailId(99), NOW, NOW).await.unwrap());
}

pub(super) async fn removed_unless_it_has_left(place: &impl Place) {
    let store = place.open().await;
    let (waits, sent) = (store.add_mail(&mail("a", at(50))).await.unwrap(), store.add_mail(&mail("b", NOW)).await.unwrap());
    claim(&*store, "a", 0, 10).await;
    assert!(store.settle_mail(sent, "a", at(1), &MailOutcome::Sent).await.unwrap());
    assert!(store.delete_mail(waits).await.unwrap());
    assert!(!store.delete_mail(waits).await.unwrap() && !store.delete_mail(sent).await.unwrap());
}

pub(super) async fn purge_keeps_the_young_and_the_waiting(place: &impl Place) {
    let store = place.open().await;
    for (n, outcome) in [MailOutcome::Sent, MailOutcome::Sent, failed(), failed(), deferred(500)].into_iter().enumerate() {
        let id = store.add_mail(&mail("ann", NOW)).await.unwrap();
        claim(&*store, "a", 0, 10).await;
        assert!(store.settle_mail(id, "a", at(10 * u64::try_from(n).unwrap()), &outcome).await.unwrap());
    }
    assert_eq!(store.purge_outbox(at(10), at(20)).await.unwrap(), 1, "at the time itself it stays");
    assert_eq!(store.purge_outbox(at(11), at(30)).await.unwrap(), 2);
    assert_eq!(store.purge_outbox(at(9999), at(9999)).await.unwrap(), 1);
    let depth = store.outbox_depth(at(40)).await.unwrap();
    assert_eq!(depth, OutboxDepth { pending: 1, sent: 0, failed: 0, oldest_pending: Some(Duration::from_secs(40)) });
}

pub(super) async fn counted_and_paged_by_state(place: &impl Place) {
    let store = place.open().await;
    assert_eq!(store.outbox_depth(NOW).await.unwrap(), OutboxDepth::default());
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(store.add_mail(&mail("ann", at(n))).await.unwrap());
    }
    claim(&*store, "a", 0, 1).await;
    assert!(store.settle_mail(ids[0], "a", at(9), &MailOutcome::Sent).await.unwrap());
    claim(&*store, "b", 1, 1).await;
    assert!(store.settle_mail(ids[1], "b", at(9), &failed()).await.unwrap());
    let depth = store.outbox_depth(at(12)).await.unwrap();
    assert_eq!(depth, OutboxDepth { pending: 3, sent: 1, failed: 1, oldest_pending: Some(Duration::from_secs(10)) });

    let id = |n: usize| ids[n].0;
    assert_eq!(page(&*store, None, From::Number(1), 10).await, (vec![id(4), id(3), id(2), id(1), id(0)], 5, None));
    assert_eq!(page(&*store, None, From::Number(2), 2).await, (vec![id(2), id(1)], 5, Some(id(1))));
    assert_eq!(page(&*store, None, From::After(id(1)), 2).await, (vec![id(0)], 5, None));
    assert_eq!(page(&*store, Some(MailState::Pending), From::Number(1), 2).await, (vec![id(4), id(3)], 3, Some(id(3))));
    assert_eq!(page(&*store, Some(MailState::Failed), From::Number(1), 2).await, (vec![id(1)], 1, None));
    assert_eq!(page(&*store, Some(MailState::Sent), From::Number(u32::MAX), 200).await, (vec![], 1, None));
}

pub(super) async fn dropped_by_recipient_and_template(place: &impl Place) {
    let store = place.open().await;
    let question = |name: &str| NewMail { template: "question".into(), ..mail(name, NOW) };
    let sent = store.add_mail(&question("ann")).await.unwrap();
    claim(&*store, "a", 0, 1).await;
    assert!(store.settle_mail(sent, "a", at(1), &MailOutcome::Sent).await.unwrap());
    for mail in [question("ann"), question("bob"), mail("ann", NOW)] {
        store.add_mail(&mail).await.unwrap();
    }
    assert_eq!(store.drop_mails_to(&email("ann@example.org"), "question").await.unwrap(), 2);
    assert_eq!(store.drop_mails_to(&email("ann@example.org"), "question").await.unwrap(), 0);
    assert_eq!(store.outbox_depth(NOW).await.unwrap().pending, 2);
    assert_eq!(claim(&*store, "b", 0, 9).await.len(), 2);
}
