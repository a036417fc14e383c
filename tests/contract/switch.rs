use vestibule::model::switch::Switch;

use super::{
    place::Place,
    samples::{NOW, at},
};

pub(super) async fn last_word_counts(place: &impl Place) {
    let switch = |provider: &str, enabled| Switch { provider: provider.into(), enabled };
    let (store, other) = (place.open().await, place.open().await);
    assert_eq!(store.switches().await.unwrap(), []);
    store.set_switch(&switch("simple", true), NOW).await.unwrap();
    store.set_switch(&switch("facebook", true), NOW).await.unwrap();
    other.set_switch(&switch("facebook", false), at(1)).await.unwrap();
    assert_eq!(store.switches().await.unwrap(), [switch("facebook", false), switch("simple", true)]);
}
