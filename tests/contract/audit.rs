use vestibule::model::audit::{Actor, AuditEntry};

use super::{
    place::Place,
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
    assert_eq!(store.audit_entries(10).await.unwrap(), [latest.clone(), second, first]);
    assert_eq!(store.audit_entries(1).await.unwrap(), [latest]);
    assert_eq!(store.audit_entries(0).await.unwrap(), []);
}

pub(super) async fn survives_its_actor(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    let written = entry(Actor::User(ann), "provider.disable");
    store.record_audit(&written).await.unwrap();
    store.delete_user(ann).await.unwrap();
    assert_eq!(store.audit_entries(10).await.unwrap(), [written]);
}
