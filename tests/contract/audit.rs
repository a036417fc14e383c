use vestibule::model::{
    audit::{Actor, AuditEntry, AuditFilter},
    page::{From, Page, PageRequest},
};

use super::{
    place::{Place, Store},
    samples::{NOW, at, user},
};

fn entry(actor: Actor, action: &str) -> AuditEntry {
    AuditEntry { at: NOW, actor, action: action.into(), target: "provider:facebook".into(), detail: "switched off".into() }
}

pub(super) async fn newest_first_and_limited(place: &impl Place) {
    let store = place.open().await;
    let first = entry(Actor::Operator, "provider.disable");
    let second = entry(Actor::Gateway, "plugin.refuse");
    let latest = AuditEntry { at: at(1), ..entry(Actor::Gateway, "session.reuse") };
    for entry in [&latest, &first, &second] {
        store.record_audit(entry).await.unwrap();
    }
    assert_eq!(all(&*store, 10).await.items, [latest.clone(), second.clone(), first.clone()]);
    let page = all(&*store, 1).await;
    assert_eq!((page.items, page.total), (vec![latest], 3));
    let next = PageRequest { from: From::After(page.next.unwrap()), size: 9 };
    assert_eq!(store.audit_entries(&AuditFilter::default(), &next).await.unwrap().items, [second, first]);
}

async fn all(store: &dyn Store, size: u32) -> Page<AuditEntry> {
    store.audit_entries(&AuditFilter::default(), &PageRequest { from: From::Number(1), size }).await.unwrap()
}

pub(super) async fn rule28_found_by_actor_action_and_target(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    let made = [
        entry(Actor::Operator, "provider.disable"),
        entry(Actor::User(ann), "provider.disable"),
        AuditEntry { target: "user:9".into(), ..entry(Actor::User(ann), "user.delete") },
        entry(Actor::Gateway, "session.reuse"),
    ];
    for entry in &made {
        store.record_audit(entry).await.unwrap();
    }
    let find = async |actor, action: Option<&str>, target: Option<&str>| {
        let filter = AuditFilter { actor, action: action.map(Into::into), target: target.map(Into::into) };
        let page = store.audit_entries(&filter, &PageRequest { from: From::Number(1), size: 10 }).await.unwrap();
        page.items.iter().map(|found| made.iter().position(|entry| entry == found).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(find(Some(Actor::User(ann)), None, None).await, [2, 1]);
    assert_eq!(find(Some(Actor::Operator), None, None).await, [0]);
    assert_eq!(find(None, Some("provider.disable"), None).await, [1, 0]);
    assert_eq!(find(None, None, Some("user:9")).await, [2]);
    assert_eq!(find(Some(Actor::User(ann)), Some("provider.disable"), Some("provider:facebook")).await, [1]);
    assert_eq!(find(Some(Actor::Gateway), Some("user.delete"), None).await, Vec::<usize>::new());
}

pub(super) async fn survives_its_actor(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    let written = entry(Actor::User(ann), "provider.disable");
    store.record_audit(&written).await.unwrap();
    store.delete_user(ann).await.unwrap();
    assert_eq!(all(&*store, 10).await.items, [written]);
}
