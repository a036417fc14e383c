use futures_util::future::join_all;
use vestibule::model::{
    InvitationId, Timestamp, UserId,
    invitation::{Acceptance, Accepted, Invitation, InvitationFilter, InvitationRevoked, InvitationState, NewInvitation},
    outbox::NewMail,
    page::{From, PageRequest},
    role::Role,
    user::{ADMIN, Deleted, NewUser, User},
};

use super::{
    place::{Place, Store},
    samples::{NOW, administrator, at, create, email, new_user, user},
};

fn mail(name: &str, template: &str) -> NewMail {
    let recipient = email(&format!("{name}@example.org"));
    NewMail { recipient, template: template.into(), sealed: vec![1, 2], created_at: NOW, give_up_at: at(1000) }
}

fn new(n: usize, name: &str, by: UserId) -> NewInvitation {
    NewInvitation {
        token_hash: format!("hash{n}"),
        email: email(&format!("{name}@example.org")),
        roles: vec![ADMIN.into(), ADMIN.into()],
        note: Some("from \"sales\" 🦀".into()),
        locale: "ru".into(),
        created_by: by,
        created_at: NOW,
        expires_at: at(600),
    }
}

async fn invite(store: &dyn Store, new: &NewInvitation) -> Invitation {
    store.create_invitation(new, &mail("ann", "invitation")).await.unwrap().expect("its roles are there")
}

fn acceptance(n: usize, name: &str, seconds: u64) -> Acceptance {
    let user = NewUser { created_at: at(seconds), ..new_user(name) };
    Acceptance { token_hash: format!("hash{n}"), user, mail: Some(mail(name, "invitation-accepted")) }
}

async fn accepted(store: &dyn Store, acceptance: &Acceptance) -> User {
    match store.accept_invitation(acceptance).await.unwrap() {
        Accepted::User(user) => *user,
        refused => panic!("{refused:?}"),
    }
}

async fn mails(store: &dyn Store) -> Vec<String> {
    let page = store.outbox_page(None, &first(200)).await.unwrap();
    page.items.into_iter().map(|entry| entry.template).collect()
}

fn first(size: u32) -> PageRequest {
    PageRequest { from: From::Number(1), size }
}

fn only(state: InvitationState) -> InvitationFilter {
    InvitationFilter { state: Some(state), email: None }
}

async fn ids(store: &dyn Store, filter: &InvitationFilter, now: Timestamp) -> Vec<i64> {
    let page = store.invitations(filter, now, &first(200)).await.unwrap();
    assert_eq!(page.total, u64::try_from(page.items.len()).unwrap());
    page.items.into_iter().map(|invitation| invitation.id.0).collect()
}

pub(super) async fn kept_whole(place: &impl Place) {
    let root = administrator(&*place.open().await, "root").await;
    let made = invite(&*place.open().await, &new(1, "ann", root)).await;
    let expected = Invitation {
        id: InvitationId(1),
        token_hash: "hash1".into(),
        email: email("ann@example.org"),
        roles: vec![ADMIN.into()],
        note: Some("from \"sales\" 🦀".into()),
        locale: "ru".into(),
        created_by: Some(root),
        created_at: NOW,
        expires_at: at(600),
        used: None,
        revoked_at: None,
    };
    let store = place.open().await;
    assert_eq!((&made, store.invitation(made.id).await.unwrap().as_ref()), (&expected, Some(&expected)));
    assert_eq!(store.invitation_by_token("hash1").await.unwrap(), Some(expected));
    assert_eq!(store.invitation_by_token("hash2").await.unwrap(), None);
    assert_eq!(store.invitation(InvitationId(2)).await.unwrap(), None);
    assert_eq!(mails(&*store).await, ["invitation"]);
    let other = invite(&*store, &NewInvitation { roles: Vec::new(), note: None, ..new(2, "ann", root) }).await;
    assert_eq!((other.id, other.roles, other.note), (InvitationId(2), Vec::new(), None));
}

pub(super) async fn made_with_its_mail_or_not_at_all(place: &impl Place) {
    let store = place.open().await;
    let root = administrator(&*store, "root").await;
    let king = NewInvitation { roles: vec![ADMIN.into(), "king".into()], ..new(1, "ann", root) };
    assert_eq!(store.create_invitation(&king, &mail("ann", "invitation")).await.unwrap(), None);
    assert_eq!((store.invitation_by_token("hash1").await.unwrap(), mails(&*store).await.len()), (None, 0));
    invite(&*store, &new(1, "ann", root)).await;
    assert!(store.create_invitation(&new(1, "bob", root), &mail("bob", "invitation")).await.is_err(), "the same token");
    assert_eq!(mails(&*store).await.len(), 1);
}

pub(super) async fn accepted_with_user_and_mail(place: &impl Place) {
    let store = place.open().await;
    let root = administrator(&*store, "root").await;
    store.create_role(&Role { name: "editor".into(), description: String::new(), built_in: false }).await.unwrap();
    let made = invite(&*store, &NewInvitation { roles: vec!["editor".into()], ..new(1, "ann", root) }).await;
    let ann = accepted(&*store, &acceptance(1, "ann", 5)).await;
    assert_eq!((ann.invitation, ann.roles.as_slice(), ann.created_at), (Some(made.id), &["editor".to_owned()][..], at(5)));
    let store = place.open().await;
    assert_eq!(store.user(ann.id).await.unwrap().as_ref(), Some(&ann));
    assert_eq!(store.users(&first(10)).await.unwrap().items[1], ann);
    assert_eq!(store.password_hash(ann.id).await.unwrap().as_deref(), Some("$argon2id$of-ann"));
    assert!(store.identity("simple", "ann@example.org").await.unwrap().is_some());
    let used = store.invitation(made.id).await.unwrap().unwrap();
    assert_eq!((used.used, used.state(at(6))), (Some((at(5), ann.id)), InvitationState::Used));
    assert_eq!(mails(&*store).await, ["invitation-accepted", "invitation"]);
    assert_eq!(store.accept_invitation(&acceptance(1, "bob", 6)).await.unwrap(), Accepted::Used);
    assert_eq!(store.user_by_email(&email("bob@example.org")).await.unwrap(), None);
    assert_eq!(create(&*store, &new_user("cyd")).await.invitation, None);
}

pub(super) async fn refused_for_each_reason(place: &impl Place) {
    let store = place.open().await;
    let root = administrator(&*store, "root").await;
    for n in 1..=2 {
        invite(&*store, &new(n, "ann", root)).await;
    }
    assert_eq!(store.accept_invitation(&acceptance(9, "ann", 1)).await.unwrap(), Accepted::NotFound);
    assert_eq!(store.accept_invitation(&acceptance(1, "ann", 600)).await.unwrap(), Accepted::Expired);
    assert_eq!(store.accept_invitation(&acceptance(1, "root", 1)).await.unwrap(), Accepted::EmailTaken);
    let mut taken = acceptance(1, "ann", 1);
    taken.user.identity.subject = "root@example.org".into();
    assert_eq!(store.accept_invitation(&taken).await.unwrap(), Accepted::IdentityTaken);
    assert_eq!(store.invitation(InvitationId(1)).await.unwrap().unwrap().state(at(1)), InvitationState::Pending, "stays as it is");
    for seconds in [1, 2] {
        assert_eq!(store.revoke_invitation(InvitationId(2), at(seconds)).await.unwrap(), InvitationRevoked::Done);
    }
    assert_eq!(store.invitation(InvitationId(2)).await.unwrap().unwrap().revoked_at, Some(at(1)), "the first time counts");
    assert_eq!(store.accept_invitation(&acceptance(2, "ann", 3)).await.unwrap(), Accepted::Revoked);
    assert_eq!(store.revoke_invitation(InvitationId(9), NOW).await.unwrap(), InvitationRevoked::NotFound);
    assert_eq!(mails(&*store).await.len(), 2, "those of the invitations alone");
    accepted(&*store, &acceptance(1, "ann", 599)).await;
    assert_eq!(store.revoke_invitation(InvitationId(1), at(600)).await.unwrap(), InvitationRevoked::Used);
}

pub(super) async fn b5_accepted_by_one_in_a_race(place: &impl Place) {
    let gateways = [place.open().await, place.open().await];
    let root = administrator(&*gateways[0], "root").await;
    let made = invite(&*gateways[0], &new(1, "ann", root)).await;
    let tries: Vec<Acceptance> = (0..50).map(|n| acceptance(1, &format!("u{n}"), 1)).collect();
    let outcomes = join_all(gateways.iter().cycle().zip(&tries).map(|(store, acceptance)| store.accept_invitation(acceptance))).await;
    let (users, refused): (Vec<_>, Vec<_>) =
        outcomes.into_iter().map(Result::unwrap).partition(|outcome| matches!(outcome, Accepted::User(_)));
    assert_eq!((users.len(), refused.len()), (1, 49));
    assert!(refused.iter().all(|outcome| *outcome == Accepted::Used), "{refused:?}");
    let Accepted::User(winner) = &users[0] else { panic!("partitioned") };
    let used = gateways[1].invitation(made.id).await.unwrap().unwrap();
    assert_eq!(used.used, Some((at(1), winner.id)));
    assert_eq!((gateways[0].users(&first(10)).await.unwrap().total, mails(&*gateways[1]).await.len()), (2, 2));
}

pub(super) async fn b5_revocation_and_acceptance_race_for_one_row(place: &impl Place) {
    let gateways = [place.open().await, place.open().await];
    let root = administrator(&*gateways[0], "root").await;
    for n in 0..20 {
        let made = invite(&*gateways[0], &new(n, "ann", root)).await;
        let acceptance = acceptance(n, &format!("u{n}"), 1);
        let (revoked, outcome) =
            futures_util::join!(gateways[0].revoke_invitation(made.id, at(1)), gateways[1].accept_invitation(&acceptance));
        match outcome.unwrap() {
            Accepted::User(_) => assert_eq!(revoked.unwrap(), InvitationRevoked::Used),
            Accepted::Revoked => assert_eq!(revoked.unwrap(), InvitationRevoked::Done),
            other => panic!("{other:?}"),
        }
    }
}

pub(super) async fn b6_paged_by_state_and_address(place: &impl Place) {
    let store = place.open().await;
    let root = administrator(&*store, "root").await;
    for n in 1..=8 {
        let name = if n % 2 == 0 { "ann" } else { "bob" };
        invite(&*store, &NewInvitation { expires_at: at(100 * u64::try_from(n).unwrap()), ..new(n, name, root) }).await;
    }
    accepted(&*store, &acceptance(8, "ann", 20)).await;
    accepted(&*store, &acceptance(7, "bob", 10)).await;
    store.revoke_invitation(InvitationId(5), at(4)).await.unwrap();
    store.revoke_invitation(InvitationId(1), at(5)).await.unwrap();
    let now = at(300);
    assert_eq!(ids(&*store, &InvitationFilter::default(), now).await, [8, 7, 6, 5, 4, 3, 2, 1]);
    for (state, expected) in [
        (InvitationState::Pending, vec![6, 4]),
        (InvitationState::Expired, vec![3, 2]),
        (InvitationState::Used, vec![8, 7]),
        (InvitationState::Revoked, vec![1, 5]),
    ] {
        assert_eq!(ids(&*store, &only(state), now).await, expected, "{state:?}");
        let mut seen = Vec::new();
        let mut from = From::Number(1);
        loop {
            let page = store.invitations(&only(state), now, &PageRequest { from, size: 1 }).await.unwrap();
            assert!(page.items.iter().all(|invitation| invitation.state(now) == state && invitation.roles == [ADMIN]));
            seen.extend(page.items.iter().map(|invitation| invitation.id.0));
            match page.next {
                Some(id) => from = From::After(id),
                None => break,
            }
        }
        assert_eq!(seen, expected, "{state:?} by cursor");
    }
    let ann = |state| InvitationFilter { state, email: Some(email("ann@example.org")) };
    assert_eq!(ids(&*store, &ann(None), now).await, [8, 6, 4, 2]);
    assert_eq!(ids(&*store, &ann(Some(InvitationState::Pending)), now).await, [6, 4]);
    let after = PageRequest { from: From::After(6), size: 1 };
    let page = store.invitations(&ann(None), now, &after).await.unwrap();
    assert_eq!((page.items[0].id, page.total, page.next), (InvitationId(4), 4, Some(4)));
    let lost = PageRequest { from: From::After(99), size: 5 };
    assert!(store.invitations(&only(InvitationState::Used), now, &lost).await.unwrap().items.is_empty());
    let second = PageRequest { from: From::Number(2), size: 3 };
    let page = store.invitations(&InvitationFilter::default(), now, &second).await.unwrap();
    assert_eq!(page.items.iter().map(|invitation| invitation.id.0).collect::<Vec<_>>(), [5, 4, 3]);
}

pub(super) async fn b6_purged_while_the_user_keeps_the_id(place: &impl Place) {
    let store = place.open().await;
    let root = administrator(&*store, "root").await;
    for n in 1..=4 {
        invite(&*store, &NewInvitation { expires_at: at(if n == 3 { 50 } else { 600 }), ..new(n, "ann", root) }).await;
    }
    let ann = accepted(&*store, &acceptance(1, "ann", 20)).await;
    store.revoke_invitation(InvitationId(2), at(30)).await.unwrap();
    assert_eq!(store.purge_invitations(at(20), 10).await.unwrap(), 0);
    assert_eq!(store.purge_invitations(at(51), 10).await.unwrap(), 3);
    assert_eq!(ids(&*store, &InvitationFilter::default(), at(51)).await, [4]);
    assert_eq!(store.user(ann.id).await.unwrap().unwrap().invitation, Some(InvitationId(1)));
    assert_eq!(store.purge_invitations(at(601), 10).await.unwrap(), 1);
    assert_eq!(invite(&*store, &new(9, "ann", root)).await.id, InvitationId(5), "ids are never given again");
    for n in 10..15 {
        invite(&*store, &new(n, "bob", root)).await;
    }
    let batches = [store.purge_invitations(at(601), 4).await.unwrap(), store.purge_invitations(at(601), 4).await.unwrap()];
    assert_eq!(batches, [4, 2]);
}

pub(super) async fn go_with_users_and_roles(place: &impl Place) {
    let store = place.open().await;
    let (root, other) = (administrator(&*store, "root").await, administrator(&*store, "other").await);
    store.create_role(&Role { name: "editor".into(), description: String::new(), built_in: false }).await.unwrap();
    for n in 1..=3 {
        invite(&*store, &NewInvitation { roles: vec!["editor".into()], ..new(n, "ann", other) }).await;
    }
    store.delete_role("editor").await.unwrap();
    assert_eq!(store.delete_user(other).await.unwrap(), Deleted::Done);
    let left = store.invitation(InvitationId(1)).await.unwrap().unwrap();
    assert_eq!((left.created_by, left.roles.len()), (None, 0));
    let ann = accepted(&*store, &acceptance(1, "ann", 1)).await;
    store.delete_user(ann.id).await.unwrap();
    assert_eq!(ids(&*store, &InvitationFilter::default(), at(1)).await, [3, 2], "her address was never verified");
    let mut verified = acceptance(2, "ann", 2);
    verified.user.email_verified = true;
    let ann = accepted(&*store, &verified).await;
    store.delete_user(ann.id).await.unwrap();
    assert!(ids(&*store, &InvitationFilter::default(), at(2)).await.is_empty(), "none says who was here");
    let nobody = user(&*store, "nobody").await;
    store.delete_user(nobody).await.unwrap();
    let by_nobody = invite(&*store, &new(4, "bob", nobody)).await;
    assert_eq!(by_nobody.created_by, None);
    assert_eq!(store.user(root).await.unwrap().unwrap().invitation, None);
}
