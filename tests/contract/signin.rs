use vestibule::model::{
    UserId,
    page::{COUNTED, From, Page, PageRequest},
    signin::{Hour, HourCount, SignIn, SignInFilter},
};

use super::{
    place::{Place, Store},
    samples::{at, user},
};

fn attempt(user: Option<UserId>, seconds: u64, result: &str) -> SignIn {
    SignIn {
        user,
        at: at(seconds),
        provider: "simple".into(),
        result: result.into(),
        address: "2001:db8::7".into(),
        user_agent: "Mozilla/5.0".into(),
    }
}

pub(super) async fn newest_first_and_limited(place: &impl Place) {
    let store = place.open().await;
    let (ann, bob) = (user(&*store, "ann").await, user(&*store, "bob").await);
    let first = attempt(Some(ann), 1, "invalid_credentials");
    let second = attempt(Some(ann), 1, "ok");
    let latest = attempt(Some(ann), 2, "ok");
    for signin in [&latest, &first, &second, &attempt(Some(bob), 3, "ok"), &attempt(None, 4, "unknown_type")] {
        store.record_signin(signin).await.unwrap();
    }
    assert_eq!(of(&*store, ann, 10).await.items, [latest.clone(), second.clone(), first]);
    let page = of(&*store, ann, 2).await;
    assert_eq!((page.items, page.total), (vec![latest, second], 3));
}

async fn of(store: &dyn Store, user: UserId, size: u32) -> Page<SignIn> {
    let filter = SignInFilter { user: Some(user), ..SignInFilter::default() };
    store.signins(&filter, &PageRequest { from: From::Number(1), size }).await.unwrap()
}

pub(super) async fn outlives_the_user(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    store.record_signin(&attempt(Some(ann), 1, "ok")).await.unwrap();
    store.delete_user(ann).await.unwrap();
    assert_eq!(of(&*store, ann, 10).await.items, [], "no longer theirs");
    store.record_signin(&attempt(Some(ann), 2, "ok")).await.expect("an attempt that outlasts its account");
    assert_eq!(of(&*store, ann, 10).await.items, []);
    let all = store.signins(&SignInFilter::default(), &PageRequest { from: From::Number(1), size: 10 }).await.unwrap();
    assert_eq!(all.items, [attempt(None, 2, "ok"), attempt(None, 1, "ok")]);
}

pub(super) async fn e6_filters_go_together(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    let by = |provider: &str, signin: SignIn| SignIn { provider: provider.into(), ..signin };
    for signin in [
        attempt(Some(ann), 1, "ok"),
        by("facebook", attempt(Some(ann), 2, "ok")),
        by("facebook", attempt(None, 3, "no_account")),
        attempt(None, 4, "invalid_credentials"),
    ] {
        store.record_signin(&signin).await.unwrap();
    }
    let find = async |user: Option<UserId>, provider: Option<&str>, result: Option<&str>| {
        let filter = SignInFilter { user, provider: provider.map(Into::into), result: result.map(Into::into) };
        let page = store.signins(&filter, &PageRequest { from: From::Number(1), size: 10 }).await.unwrap();
        assert_eq!(page.total, page.items.len() as u64);
        page.items.iter().map(|signin| signin.at).collect::<Vec<_>>()
    };
    assert_eq!(find(None, Some("facebook"), None).await, [at(3), at(2)]);
    assert_eq!(find(None, None, Some("ok")).await, [at(2), at(1)]);
    assert_eq!(find(Some(ann), Some("simple"), None).await, [at(1)]);
    assert_eq!(find(None, Some("facebook"), Some("ok")).await, [at(2)]);
    assert_eq!(find(Some(ann), Some("facebook"), Some("no_account")).await, []);
}

pub(super) async fn e6_cursors_are_stable(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    for seconds in 0..25 {
        // Several at the same time, too.
        store.record_signin(&attempt(Some(ann), seconds / 3, &format!("r{seconds}"))).await.unwrap();
    }
    let filter = SignInFilter { user: Some(ann), ..SignInFilter::default() };
    let (mut seen, mut from) = (Vec::new(), From::Number(1));
    loop {
        let page = store.signins(&filter, &PageRequest { from, size: 4 }).await.unwrap();
        seen.extend(page.items.into_iter().map(|signin| signin.result));
        let Some(next) = page.next else { break };
        from = From::After(next);
        store.record_signin(&attempt(Some(ann), 100, "late")).await.unwrap();
    }
    assert_eq!(seen, (0..25).rev().map(|number| format!("r{number}")).collect::<Vec<_>>());
    let third = store.signins(&filter, &PageRequest { from: From::Number(3), size: 4 }).await.unwrap();
    assert_eq!(third.items.first().map(|signin| signin.result.as_str()), Some("r22"), "six came late");
}

pub(super) async fn e6_counted_so_far_and_no_farther(place: &impl Place) {
    let store = place.open().await;
    for _ in 0..=COUNTED {
        store.record_signin(&attempt(None, 1, "ok")).await.unwrap();
    }
    let page = store.signins(&SignInFilter::default(), &PageRequest { from: From::Number(1), size: 1 }).await.unwrap();
    assert_eq!(page.total, COUNTED);
}

pub(super) async fn e6_purged_in_batches_from_the_oldest(place: &impl Place) {
    let store = place.open().await;
    for seconds in [5, 3, 1, 4, 2] {
        store.record_signin(&attempt(None, seconds, "ok")).await.unwrap();
    }
    let first = PageRequest { from: From::Number(1), size: 2 };
    let cursor = store.signins(&SignInFilter::default(), &first).await.unwrap().next.unwrap();
    assert_eq!(store.purge_signins(at(4), 2).await.unwrap(), 2);
    let left = store.signins(&SignInFilter::default(), &PageRequest { size: 9, ..first }).await.unwrap();
    assert_eq!(left.items.iter().map(|signin| signin.at).collect::<Vec<_>>(), [at(5), at(4), at(3)]);
    assert_eq!(store.purge_signins(at(5), 9).await.unwrap(), 2);
    assert_eq!(store.purge_signins(at(5), 9).await.unwrap(), 0);
    let rest = store.signins(&SignInFilter::default(), &PageRequest { from: From::After(cursor), size: 9 }).await.unwrap();
    assert_eq!((rest.items, rest.next), (Vec::new(), None), "whatever the cursor named is gone, and all that is older");
}

fn counted(seconds: u64, provider: &str, result: &str, count: u64) -> HourCount {
    HourCount { hour: Hour::of(at(seconds)), provider: provider.into(), result: result.into(), count }
}

/// Everything that is counted.
async fn hours(store: &dyn Store) -> Vec<HourCount> {
    store.signins_by_hour(Hour(0), Hour(i64::MAX)).await.unwrap()
}

pub(super) async fn b10_counted_by_hour(place: &impl Place) {
    let store = place.open().await;
    let ann = user(&*store, "ann").await;
    for (seconds, result) in [(0, "ok"), (1, "ok"), (2, "invalid_credentials"), (3600, "ok"), (7200, "ok")] {
        store.record_signin(&attempt(Some(ann), seconds, result)).await.unwrap();
    }
    store.record_signin(&SignIn { provider: "facebook".into(), ..attempt(None, 3, "no_account") }).await.unwrap();
    let first = [counted(0, "facebook", "no_account", 1), counted(0, "simple", "invalid_credentials", 1), counted(0, "simple", "ok", 2)];
    assert_eq!(hours(&*store).await, [&first[..], &[counted(3600, "simple", "ok", 1), counted(7200, "simple", "ok", 1)]].concat());
    let (from, to) = (Hour::of(at(0)), Hour::of(at(7200)));
    assert_eq!(store.signins_by_hour(from, to).await.unwrap().len(), 4, "the last hour is left out");
    assert_eq!(store.signins_by_hour(from, from).await.unwrap(), []);
    store.delete_user(ann).await.unwrap();
    assert_eq!(hours(&*store).await.len(), 5, "what was counted stays, as the history does");
}

pub(super) async fn b10_counts_add_up_in_a_race(place: &impl Place) {
    let stores = [place.open().await, place.open().await];
    let attempts = (0..60).map(|number| {
        let store = stores[number % 2].clone();
        tokio::spawn(async move { store.record_signin(&attempt(None, 1, if number % 3 == 0 { "ok" } else { "no_account" })).await })
    });
    for recorded in futures_util::future::join_all(attempts).await {
        recorded.unwrap().unwrap();
    }
    assert_eq!(hours(&*stores[0]).await, [counted(1, "simple", "no_account", 40), counted(1, "simple", "ok", 20)]);
}

pub(super) async fn b10_own_codes_of_providers_count_as_one(place: &impl Place) {
    let store = place.open().await;
    for number in 0..30 {
        store.record_signin(&attempt(None, 1, &format!("made_up_{number}"))).await.unwrap();
    }
    assert_eq!(hours(&*store).await, [counted(1, "simple", "provider_refused", 30)]);
}

pub(super) async fn b10_counts_go_with_the_history(place: &impl Place) {
    let store = place.open().await;
    for seconds in [0, 3600, 7200] {
        store.record_signin(&attempt(None, seconds, "ok")).await.unwrap();
    }
    assert_eq!(store.purge_signins(at(3600), 9).await.unwrap(), 1);
    assert_eq!(hours(&*store).await, [counted(3600, "simple", "ok", 1), counted(7200, "simple", "ok", 1)]);
    assert_eq!(store.purge_signins(at(999_999), 1).await.unwrap(), 1, "one batch of the history");
    assert_eq!(hours(&*store).await, [], "counts are few");
}
