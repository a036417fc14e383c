//! What every store keeps to. A store joins with one line, `contract!(name, Place)`; each operation, race and restart
//! below then becomes a test of its own for it.

mod allowance;
mod audit;
mod credential;
mod identity;
mod import;
mod invitation;
mod key;
mod known_place;
mod kv;
mod outbox;
mod place;
mod postgres;
mod proof;
mod recovery_code;
mod redis;
mod role;
mod samples;
mod session;
mod signin;
mod sqlite;
mod step;
mod switch;
mod user;

macro_rules! contract {
    ($store:ident, $place:ty $(, $attribute:meta)?) => {
        contract!(@all each $store, $place, [$($attribute)?]);
    };
    // One test for everything, where a place takes long to make.
    (at_once $store:ident, $place:ty $(, $attribute:meta)?) => {
        contract!(@all at_once $store, $place, [$($attribute)?]);
    };
    (@all $how:ident $store:ident, $place:ty, $attributes:tt) => {
        contract!(@$how $store, $place, $attributes,
            allowance {
                a_burst_then_one_an_interval, a_clock_set_back_locks_nobody_out, refused_takes_nothing, names_are_strangers, just_the_burst_in_a_race,
                all_or_nothing_in_a_race, refilled_at_once, survives_a_restart, purge_removes_the_whole_alone,
            }
            audit { newest_first_and_limited, survives_its_actor, rule28_found_by_actor_action_and_target }
            credential { set_and_replaced, upgraded_only_if_unchanged, needs_a_user, reset_keeps_what_is_proven, reset_takes_over }
            identity {
                attached_once, listed_oldest_first, private_data_replaced, added_with_what_the_account_lacks,
                added_whole_or_not_at_all, a_factor_brings_codes_once, the_last_way_in_stays, the_last_way_in_stays_in_a_race,
                the_password_goes_with_the_last_that_needs_it, taken_over_whole, taken_over_only_if_unverified,
                a_take_over_has_one_winner,
            }
            import {
                made_whole, taken_ones_leave_nothing, progress_moves_with_the_users, blocks_count_them, given_back_page_by_page,
                a_role_that_is_gone_undoes_the_batch,
            }
            invitation {
                kept_whole, made_with_its_mail_or_not_at_all, accepted_with_user_and_mail, refused_for_each_reason,
                b5_accepted_by_one_in_a_race, b5_revocation_and_acceptance_race_for_one_row, b6_paged_by_state_and_address,
                b6_purged_while_the_user_keeps_the_id, go_with_users_and_roles,
            }
            key { ordered_by_activity, one_first_key_in_a_race, purged_when_replaced }
            kv {
                put_get_and_replace, expired_is_absent, take_gives_it_to_one, counts_until_it_expires, increments_add_up,
                namespaces_do_not_mix, purge_removes_the_expired_alone,
            }
            known_place { seen_from_then_on, the_latest_are_kept, goes_with_its_user, purge_removes_the_old_alone }
            outbox {
                claimed_whole_and_settled_once, claimed_by_one_in_a_race, a_claim_runs_out, those_that_wait_longest_come_first,
                released_is_as_if_never_claimed, given_up_and_tried_again, removed_unless_it_has_left,
                purge_keeps_the_young_and_the_waiting, counted_and_paged_by_state, dropped_by_recipient_and_template,
            }
            proof {
                kept_whole, used_by_one_in_a_race, codes_are_counted_in_a_race, confirmed_by_one_in_a_race, expired_is_absent,
                dropped_by_user_and_purpose,
            }
            recovery_code { replaced_only_beside_a_factor, used_once_in_a_race }
            role {
                granted_twice_changes_nothing, needs_user_and_role, admin_is_always_there, e5_made_once_and_listed,
                e5_taken_away, e5_deleted_with_what_was_given,
            }
            session {
                kept_as_made, rotation_turns_the_counter, a_late_duplicate_gets_the_same_pair, a_window_of_zero_has_no_retry,
                reuse_ends_the_session_once, a_forged_counter_is_gone, logout_wins, expiry_ends_rotation,
                idle_end_stays_below_the_absolute_end, a_race_has_one_winner, a_race_of_reuse_is_reported_once,
                ending_all_spares_one, listed_live_and_newest_first, touched_it_lives_on_to_its_absolute_end, those_of_a_deleted_user_leave_nothing, purge_keeps_the_living,
                ids_are_never_given_again, rule32_ended_by_provider_and_digest,
            }
            signin {
                newest_first_and_limited, outlives_the_user, e6_filters_go_together, e6_cursors_are_stable,
                e6_counted_so_far_and_no_farther, e6_purged_in_batches_from_the_oldest,
                b10_counted_by_hour, b10_counts_add_up_in_a_race, b10_own_codes_of_providers_count_as_one, b10_counts_go_with_the_history,
            }
            step { taken_once, taken_by_one_in_a_race, expired_is_absent, kept_whole }
            switch { last_word_counts }
            user {
                made_whole, made_whole_or_not_at_all, addresses_are_unique_and_optional, one_winner_for_an_address,
                a8_profile_of_any_declared_name, change_sets_and_clears, fill_keeps_what_is_there,
                a_provider_reads_what_it_wrote_alone, deletion_takes_everything_along,
                ids_are_never_given_again, last_administrator_stays, administrators_cannot_delete_each_other, survives_a_restart,
                unknown_roles_are_a_defect, an_address_is_verified_as_it_is, another_address_renames_its_identities, no_address_leaves_no_identity_of_its_name,
                a_taken_address_changes_nothing, amended_whole_or_not_at_all, administrators_cannot_end_each_other,
                disabled_administrators_do_not_count, d1_pages_are_found_by_number, d1_cursors_are_stable,
                d1_pages_show_users_whole, found_by_the_beginning_of_an_address,
            }
        );
    };
    (@each $store:ident, $place:ty, $attributes:tt, $($noun:ident { $($name:ident),* $(,)? })*) => {
        mod $store {
            $(mod $noun {
                $(contract!(@test $place, $attributes, $noun, $name);)*
            })*
        }
    };
    (@test $place:ty, [$($attribute:meta)?], $noun:ident, $name:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        $(#[$attribute])?
        async fn $name() {
            use crate::contract::place::Place as _;
            crate::contract::$noun::$name(&<$place>::new().await).await;
        }
    };
    (@at_once $store:ident, $place:ty, [$($attribute:meta)?], $($noun:ident { $($name:ident),* $(,)? })*) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        $(#[$attribute])?
        async fn $store() {
            use crate::contract::place::Place as _;
            let place = <$place>::new().await;
            $($(
                eprintln!(concat!(stringify!($noun), "::", stringify!($name)));
                crate::contract::$noun::$name(&<$place>::new().await).await;
            )*)*
            drop(place);
        }
    };
}

contract!(on_sqlite, crate::contract::place::SqlitePlace);
contract!(
    on_postgres,
    crate::contract::place::PostgresPlace,
    cfg_attr(not(postgresql), ignore = "PostgreSQL was not started: `cargo xtask test` does")
);
contract!(
    on_redis,
    crate::contract::place::RedisPlace,
    cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")
);
contract!(
    at_once on_redis_cluster,
    crate::contract::place::ClusterPlace,
    cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")
);
