use futures_util::future::join_all;
use vestibule::model::{
    UserId,
    proof::{Proof, Purpose},
};

use super::{
    place::Place,
    samples::{NOW, at, email},
};

fn proof(n: usize, purpose: Purpose) -> Proof {
    Proof {
        id_hash: format!("id{n}"),
        token_hash: format!("token{n}"),
        code_hash: format!("code{n}"),
        purpose,
        user: Some(UserId(7)),
        email: email("ann@example.org"),
        sealed: Some(vec![0, 1, 255]),
        attempts: 0,
        confirmed_at: None,
        created_at: NOW,
        expires_at: at(600),
    }
}

pub(super) async fn kept_whole(place: &impl Place) {
    for (n, purpose) in Purpose::ALL.into_iter().enumerate() {
        let made = Proof { user: (n % 2 == 0).then_some(UserId(7)), sealed: (n % 2 == 1).then(|| vec![9]), ..proof(n, purpose) };
        place.open().await.put_proof(&made).await.unwrap();
        let store = place.open().await;
        assert_eq!(store.proof(&made.id_hash, NOW).await.unwrap().as_ref(), Some(&made));
        assert_eq!(store.proof_by_token(&made.token_hash, NOW).await.unwrap().as_ref(), Some(&made), "a look changes nothing");
        assert_eq!(store.proof(&made.token_hash, NOW).await.unwrap(), None);
        assert_eq!(store.take_proof(&made.id_hash, NOW).await.unwrap(), Some(made));
    }
}

pub(super) async fn used_by_one_in_a_race(place: &impl Place) {
    let gateways = [place.open().await, place.open().await];
    gateways[0].put_proof(&proof(1, Purpose::Reset)).await.unwrap();
    let taken = join_all(gateways.iter().cycle().take(50).map(|store| store.take_proof("id1", NOW))).await;
    assert_eq!(taken.into_iter().filter(|taken| taken.as_ref().unwrap().is_some()).count(), 1);
    assert_eq!(gateways[1].try_proof("id1", 5, NOW).await.unwrap(), None, "gone for codes too");
}

pub(super) async fn codes_are_counted_in_a_race(place: &impl Place) {
    let gateways = [place.open().await, place.open().await];
    gateways[0].put_proof(&proof(1, Purpose::Reset)).await.unwrap();
    let tried = join_all(gateways.iter().cycle().take(50).map(|store| store.try_proof("id1", 5, NOW))).await;
    let mut counts: Vec<u32> = tried.into_iter().filter_map(|tried| tried.unwrap().map(|proof| proof.attempts)).collect();
    counts.sort_unstable();
    assert_eq!(counts, [1, 2, 3, 4, 5]);
    let left = gateways[1].take_proof("id1", NOW).await.unwrap().expect("the link still works");
    assert_eq!(left.attempts, 5);
}

pub(super) async fn confirmed_by_one_in_a_race(place: &impl Place) {
    let gateways = [place.open().await, place.open().await];
    gateways[0].put_proof(&proof(1, Purpose::EmailNew)).await.unwrap();
    let confirmed = join_all(gateways.iter().cycle().take(50).map(|store| store.confirm_proof("id1", at(3)))).await;
    assert_eq!(confirmed.into_iter().filter(|confirmed| *confirmed.as_ref().unwrap()).count(), 1);
    assert_eq!(gateways[1].proof("id1", at(4)).await.unwrap().unwrap().confirmed_at, Some(at(3)));
}

pub(super) async fn expired_is_absent(place: &impl Place) {
    let store = place.open().await;
    let made = proof(1, Purpose::Verify);
    store.put_proof(&made).await.unwrap();
    store.put_proof(&Proof { expires_at: at(900), ..proof(2, Purpose::Verify) }).await.unwrap();
    assert!(store.proof("id1", at(599)).await.unwrap().is_some());
    let late = at(600);
    assert_eq!(store.proof("id1", late).await.unwrap(), None);
    assert_eq!(store.proof_by_token("token1", late).await.unwrap(), None);
    assert_eq!(store.try_proof("id1", 5, late).await.unwrap(), None);
    assert_eq!(store.take_proof("id1", late).await.unwrap(), None);
    assert!(!store.confirm_proof("id1", late).await.unwrap());
    assert_eq!(store.proofs_of(UserId(7), late).await.unwrap().len(), 1);
    assert_eq!(store.purge_proofs(late).await.unwrap(), place.purged(1));
    assert!(store.proof("id2", late).await.unwrap().is_some());
}

pub(super) async fn dropped_by_user_and_purpose(place: &impl Place) {
    let store = place.open().await;
    for (n, purpose) in Purpose::ALL.into_iter().enumerate() {
        store.put_proof(&proof(n, purpose)).await.unwrap();
    }
    store.put_proof(&Proof { user: Some(UserId(8)), ..proof(8, Purpose::EmailNew) }).await.unwrap();
    store.put_proof(&Proof { user: None, ..proof(9, Purpose::EmailNew) }).await.unwrap();
    assert_eq!(store.drop_proofs_of(UserId(7), &Purpose::CHANGE).await.unwrap(), 2);
    let left: Vec<Purpose> = store.proofs_of(UserId(7), NOW).await.unwrap().iter().map(|proof| proof.purpose).collect();
    assert_eq!(left, [Purpose::Verify, Purpose::Signup, Purpose::Reset]);
    assert_eq!(store.drop_proofs_of(UserId(7), &Purpose::ALL).await.unwrap(), 3);
    assert_eq!(store.drop_proofs_of(UserId(7), &Purpose::ALL).await.unwrap(), 0);
    assert!(store.proof("id8", NOW).await.unwrap().is_some() && store.proof("id9", NOW).await.unwrap().is_some());
}
