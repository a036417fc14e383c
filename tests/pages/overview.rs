//! The overview of administrators, and the counts behind it (row B10).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    actor::{Answer, PASSWORD, User},
    app::{App, Plan, guest},
    linking::enrol_false,
    recovery::letter::signin,
};

/// How often each result was counted for each provider.
fn sums(hours: &Answer) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for hour in hours.json["hours"].as_array().expect("hours") {
        let key = format!("{} {}", hour["provider"].as_str().expect("a provider"), hour["result"].as_str().expect("a result"));
        *sums.entry(key).or_default() += hour["count"].as_u64().expect("a count");
    }
    sums
}

async fn hours(root: &User<'_>, query: &str) -> Answer {
    root.get(&format!("/signins/hours{query}")).await
}

/// Tries a wrong password.
async fn wrong(app: &App, email: &str) {
    let body = json!({ "type": "simple", "email": email, "password": "a wrong guess at it" });
    app.post("/auth/signin/", &body).await.problem(400, "invalid_credentials");
}

#[tokio::test]
async fn b10_what_the_overview_counts_is_what_was_done() {
    let app = Plan::new().simple().plugin("hello", &guest("hello"), None).start();
    let root = app.admin().await;
    for name in ["ann", "bob"] {
        app.user(&format!("{name}@example.org")).await;
    }
    for _ in 0..3 {
        wrong(&app, "ann@example.org").await;
    }
    let hello = json!({ "type": "hello", "email": "eve@example.org", "password": PASSWORD, "city": "Graz" });
    app.post("/auth/signup/", &hello).await.expect(200);
    let mut browser = app.browser();
    browser.sign_in("root@example.org").await;

    let told = hours(&root, "").await.expect(200);
    let history = root.get("/signins?page_size=200").await.expect(200);
    let mut expected = BTreeMap::new();
    for entry in history.json["items"].as_array().unwrap() {
        *expected.entry(format!("{} {}", entry["provider"].as_str().unwrap(), entry["result"].as_str().unwrap())).or_default() += 1;
    }
    assert_eq!(sums(&told), expected);
    assert_eq!(expected["simple invalid_credentials"], 3);
    let good = expected["simple ok"] + expected["hello ok"];

    let page = browser.open("/admin").await.expect(200).shows(&["Overview", "All is well", "accounts in all"]);
    for part in [
        // The picture says it in words too.
        format!("ok {good}, invalid_credentials 3."),
        format!("simple {}, hello {}.", expected["simple ok"] + 3, expected["hello ok"]),
        format!("{} not let in: 3", "in 48 hours;"),
        "<p class=\"figure\">4</p>".to_owned(),
    ] {
        assert!(page.text.contains(&part), "{part:?} is not in {}", page.text);
    }
    assert_eq!(page.text.matches("role=\"img\"").count(), 3, "two pictures of sign-ins and one of latencies: {}", page.text);
    for picture in page.text.split("<svg class=\"chart\"").skip(1) {
        assert!(picture.contains("<title id=") && picture.contains("<desc id=") && picture.contains("aria-labelledby="), "{picture}");
    }
}

#[tokio::test]
async fn b10_calls_of_providers_are_those_of_the_metrics() {
    let app = Plan::new().simple().plugin("hello", &guest("hello"), None).start();
    app.admin().await;
    let mut browser = app.browser();
    browser.sign_in("root@example.org").await;
    let metrics = app.get("/metrics").await.expect(200).text;
    let calls: u64 = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("vestibule_provider_calls_total{provider=\"simple\"")?.split_once("} ")?.1.parse::<u64>().ok())
        .sum();
    assert!(calls > 0, "{metrics}");
    let page = browser.open("/admin/providers/simple").await.expect(200);
    assert!(page.text.contains(&format!("<dt>Calls</dt><dd>{calls}</dd><dt>Errors</dt><dd>0</dd>")), "{}", page.text);
    let page = browser.open("/admin/providers").await.expect(200);
    assert!(page.text.contains(&format!("<td>{calls}</td><td>0</td>")), "{}", page.text);
    // Nobody has called it.
    browser.open("/admin/providers/hello").await.expect(200).shows(&["<dt>Calls</dt><dd>0</dd>", "<dt>p50</dt><dd>–</dd>"]);
}

#[tokio::test]
async fn b10_the_overview_speaks_russian() {
    let app = App::simple();
    app.admin().await;
    let mut browser = app.browser().language("ru");
    browser.sign_in("root@example.org").await;
    browser.open("/admin").await.expect(200).shows(&["Обзор", "Входы по результату", "Вызовы провайдеров", "Всё в порядке"]);
    browser.open("/admin/providers").await.expect(200).shows(&["Провайдеры", "работает", "Перечитать каталог"]);
    browser.open("/admin/providers/simple").await.expect(200).shows(&["Что просит и что разрешено", "Ограничения одного вызова"]);
}

#[tokio::test]
async fn rule28_the_overview_is_for_administrators() {
    let app = App::simple();
    app.admin().await;
    let ann = app.user("ann@example.org").await;
    ann.get("/signins/hours").await.problem(403, "forbidden");
    app.get("/signins/hours").await.problem(401, "token_missing");
    let mut browser = app.browser();
    for path in ["/admin", "/admin/providers", "/admin/providers/simple", "/admin/providers/simple/off"] {
        let page = app.browser().open(path).await.expect(200);
        assert!(page.address.starts_with("/?return_to="), "{path} leads to {}", page.address);
    }
    browser.sign_in("ann@example.org").await;
    for path in ["/admin", "/admin/providers", "/admin/providers/simple", "/admin/providers/simple/off"] {
        browser.open(path).await.expect(403).hides(&["SHA-256"]);
    }
}

#[tokio::test]
async fn b10_hours_are_asked_for_by_time() {
    let app = App::simple();
    let root = app.admin().await;
    let all = hours(&root, "").await.expect(200);
    assert_eq!(sums(&all), BTreeMap::from([("simple ok".to_owned(), 1)]));
    let hour = all.str("/hours/0/hour");
    assert!(hour.ends_with(":00:00Z"), "{hour}");
    // A part of an hour is told as a whole one.
    let part = hours(&root, &format!("?from={}&to={}", hour.replace(":00:00Z", ":59:59Z"), hour.replace(":00:00Z", ":59:59.5Z"))).await;
    let part = part.expect(200);
    assert_eq!((part.str("/from"), part.json["hours"].clone()), (hour.clone(), all.json["hours"].clone()));
    let before = hours(&root, &format!("?to={hour}")).await.expect(200);
    assert_eq!(before.json["hours"], json!([]));
    assert_eq!(before.json["to"], Value::String(hour.clone()));
    for (query, errors) in [
        ("?from=yesterday&to=now", &["from:invalid_time", "to:invalid_time"][..]),
        ("?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", &["to:out_of_range"]),
        ("?from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z", &["to:out_of_range"]),
        ("?from=1970-01-01T00:00:00Z", &["to:out_of_range"]),
        ("?from=%00", &["from:control_characters"]),
    ] {
        let refused = hours(&root, query).await.problem(400, "invalid_fields");
        assert_eq!(refused.fields(), errors, "{query}: {}", refused.text);
    }
    let month = hours(&root, "?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z").await.expect(200);
    assert_eq!(month.json, json!({ "from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z", "hours": [] }));
}

#[tokio::test]
async fn b10_a_second_factor_that_is_asked_for_keeps_nobody_out() {
    let factor = Some("vouch = true\nfactor = true\n");
    let app = Plan::new().simple().plugin("false-factor", &guest("false-factor"), factor).start();
    app.admin().await;
    enrol_false(&app.user("ann@example.org").await).await;
    signin(&app, "ann@example.org", PASSWORD).await.expect(200).str("/challenge/flow");
    let mut browser = app.browser();
    browser.sign_in("root@example.org").await;
    assert_eq!(app.number("SELECT COUNT(*) FROM signins WHERE result = 'factor_required'").await, 1);
    let good = app.number("SELECT COUNT(*) FROM signins WHERE result = 'ok'").await;
    let page = browser.open("/admin").await.expect(200);
    let tile = format!("<p class=\"figure\">{good}</p><p class=\"quiet\">in 48 hours; not let in: 0</p>");
    assert!(page.text.contains(&tile), "{tile} is not in {}", page.text);
    let page = browser.open("/admin/signins").await.expect(200);
    assert!(page.text.contains("<span class=\"badge quiet\">factor_required</span>"), "{}", page.text);
}
