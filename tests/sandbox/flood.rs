//! Many calls of an attack at once.

use futures_util::future::join_all;

use super::{
    attack::attack,
    besieged,
    crowd::Crowd,
    process::{assert_idle, peak, resident},
    signin,
};

#[tokio::test]
async fn g5_a_flood_of_endless_loops_leaves_turns_for_others() {
    let app = attack(besieged(), "loops", "loop", "cpu_ms = 100\nconcurrent = 8").start();
    let crowd = Crowd::gather(&app, 2).await;
    let answers = join_all((0..40).map(|_| signin(&app, "loops", "ann@example.org"))).await;
    for answer in answers {
        assert_eq!(answer.status, 503, "{}", answer.text);
        let code = answer.str("/code");
        assert!(["provider_failed", "provider_busy", "provider_resting"].contains(&code.as_str()), "{}", answer.text);
    }
    crowd.disperse().await;
    assert_idle(&app).await;
}

#[tokio::test]
async fn g5_a_flood_of_waiting_calls_takes_its_own_places_only() {
    let app = attack(besieged(), "waits", "sleep", "wall_ms = 2000\nconcurrent = 4").start();
    let crowd = Crowd::gather(&app, 2).await;
    let answers = join_all((0..30).map(|_| signin(&app, "waits", "ann@example.org"))).await;
    let codes: Vec<_> = answers.iter().map(|answer| answer.str("/code")).collect();
    assert!(codes.iter().any(|code| code == "provider_timeout"), "{codes:?}");
    assert!(codes.iter().any(|code| code == "provider_busy"), "{codes:?}");
    assert!(answers.iter().all(|answer| answer.status == 503 && answer.headers.contains_key("retry-after")), "{codes:?}");
    crowd.disperse().await;
}

#[tokio::test]
async fn g5_a_flood_of_memory_bombs_is_bounded_and_given_back() {
    let app = attack(besieged(), "bombs", "memory", "memory_mib = 64\ncpu_ms = 5000\nconcurrent = 4").start();
    let crowd = Crowd::gather(&app, 1).await;
    let before = peak(&app);
    for answer in join_all((0..16).map(|_| signin(&app, "bombs", "ann@example.org"))).await {
        assert_eq!(answer.status, 503, "{}", answer.text);
    }
    crowd.disperse().await;
    // Four at a time with 64 MiB each, and some air.
    assert!(peak(&app) < before + 4 * 64 + 100, "{before} MiB before, {} MiB at the peak", peak(&app));
    assert!(resident(&app) < before + 100, "{before} MiB before, {} MiB after", resident(&app));
}

#[tokio::test]
async fn g5_several_providers_that_wait_leave_places_for_others() {
    let mut plan = besieged();
    for kind in ["first", "second", "third"] {
        plan = attack(plan, kind, "sleep", "wall_ms = 4000");
    }
    let app = plan.start();
    let crowd = Crowd::gather(&app, 2).await;
    let calls = ["first", "second", "third"].into_iter().flat_map(|kind| std::iter::repeat_n(kind, 40));
    let answers = join_all(calls.map(|kind| signin(&app, kind, "ann@example.org"))).await;
    assert!(answers.iter().all(|answer| answer.status == 503 && answer.headers.contains_key("retry-after")));
    assert!(answers.iter().filter(|answer| answer.str("/code") == "provider_timeout").count() >= 40, "they had places");
    crowd.disperse().await;
}
