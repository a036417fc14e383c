use vestibule::model::{
    UserId,
    role::{Revoked, Role, RoleDeleted},
    user::ADMIN,
};

use super::{place::Place, samples::user};

pub(super) async fn granted_twice_changes_nothing(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    for _ in 0..2 {
        assert!(store.grant_role(ann, ADMIN).await.unwrap());
        assert_eq!(store.user(ann).await.unwrap().unwrap().roles, [ADMIN]);
    }
}

pub(super) async fn needs_user_and_role(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    assert!(!store.grant_role(ann, "no-such-role").await.unwrap());
    assert!(!store.grant_role(UserId(404), ADMIN).await.unwrap());
    assert!(store.user(ann).await.unwrap().unwrap().roles.is_empty());
}

pub(super) async fn admin_is_always_there(place: &impl Place) {
    let store = place.open().await;
    store.ping().await.unwrap();
    let ann = user(&*store, "ann").await;
    assert!(store.grant_role(ann, ADMIN).await.unwrap());
}

fn reader() -> Role {
    Role { name: "reader".into(), description: "Reads — \"all\"".into(), built_in: false }
}

pub(super) async fn e5_made_once_and_listed(place: &impl Place) {
    let store = place.open().await;
    assert!(store.create_role(&reader()).await.unwrap());
    assert!(!store.create_role(&Role { description: "another".into(), ..reader() }).await.unwrap());
    let roles = place.open().await.roles().await.unwrap();
    assert_eq!(roles.iter().map(|role| (role.name.as_str(), role.built_in)).collect::<Vec<_>>(), [(ADMIN, true), ("reader", false)]);
    assert_eq!(roles[1], reader());
}

pub(super) async fn e5_taken_away(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    store.create_role(&reader()).await.unwrap();
    assert_eq!(store.revoke_role(ann, "reader").await.unwrap(), Revoked::NotFound);
    assert!(store.grant_role(ann, "reader").await.unwrap());
    assert_eq!(store.revoke_role(ann, "reader").await.unwrap(), Revoked::Done);
    assert!(store.user(ann).await.unwrap().unwrap().roles.is_empty());
    assert_eq!(store.revoke_role(ann, ADMIN).await.unwrap(), Revoked::NotFound);
}

pub(super) async fn e5_deleted_with_what_was_given(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    store.create_role(&reader()).await.unwrap();
    store.grant_role(ann, "reader").await.unwrap();
    assert_eq!(store.delete_role("reader").await.unwrap(), RoleDeleted::Done);
    assert!(store.user(ann).await.unwrap().unwrap().roles.is_empty());
    assert_eq!(store.delete_role("reader").await.unwrap(), RoleDeleted::NotFound);
    assert_eq!(store.delete_role(ADMIN).await.unwrap(), RoleDeleted::BuiltIn);
    assert!(store.create_role(&reader()).await.unwrap(), "the name is free again");
}
