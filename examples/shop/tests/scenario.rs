//! Every scenario on SQLite, a test each, and on PostgreSQL, all of them on one throw-away server.

use crate::{database::Database, place::Place};

macro_rules! scenarios {
    ($($room:ident::$name:ident)+) => {
        mod sqlite {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    crate::$room::$name(Place::furnished(Database::sqlite()).await).await;
                }
            )+
        }

        async fn all_on(cluster: &crate::postgresql::Cluster) {
            $(
                eprintln!(concat!("PostgreSQL: ", stringify!($name)));
                crate::$room::$name(Place::furnished(Database::postgres(cluster, stringify!($name)).await).await).await;
            )+
        }
    };
}

scenarios! {
    cart::c5_a_cart_becomes_an_order
    cart::a_cart_is_ordered_once_however_often_it_is_clicked
    cart::a_cart_takes_only_what_its_shop_sells
    history::c3_what_the_gateway_says_and_what_the_shop_knows
    history::c4_the_history_is_ones_own_newest_first
    history::c6_the_assortment_of_a_shop
    history::a_price_is_frozen_with_the_order
    order::c5_an_order_of_several_books
    order::fifty_orders_for_ten_books_sell_ten
    order::crossing_orders_all_go_through
    order::what_is_short_is_named_and_nothing_is_ordered
    order::a_key_orders_once
    order::a_key_orders_once_under_concurrency
    schema::c1_the_schema_holds_integrity
    schema::migrations_run_once_and_data_stays
    seed::c1_seeding_twice_is_seeding_once
}

#[cfg_attr(not(postgresql), ignore = "PostgreSQL is not in /usr/lib/postgresql")]
#[tokio::test(flavor = "multi_thread")]
async fn postgresql() {
    let mut cluster = crate::postgresql::Cluster::start().await;
    all_on(&cluster).await;
    let place = Place::furnished(Database::postgres(&cluster, "going_away").await).await;
    place.customer(1).get("/shop/shops").await.expect(200);
    cluster.stop();
    place.customer(1).get("/shop/shops").await.problem(503, "store_unavailable");
    place.get("/health/ready").await.expect(503);
    place.get("/health/live").await.expect(200);
}
