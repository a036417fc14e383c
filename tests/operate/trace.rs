//! Traces: what is exported, what never is, and that a collector in trouble is nobody's trouble.

use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use serde_json::{Value, json};

use super::collector::{Collector, Seen, hex, text};
use crate::{
    actor::{Answer, PASSWORD, read},
    app::{App, Plan, plugin},
    patience::{eventually, within},
};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// The span of the request that had this answer.
async fn span_of(collector: &Collector, answer: &Answer) -> Seen {
    let id = answer.headers["x-request-id"].to_str().unwrap().to_owned();
    let of = |seen: &Seen| seen.attribute("request.id").as_deref() == Some(&*id);
    eventually("the request's span", || collector.spans().into_iter().find(of)).await
}

fn children(collector: &Collector, parent: &Seen) -> Vec<Seen> {
    let mut found: Vec<Seen> = collector.spans().into_iter().filter(|seen| seen.span.parent_span_id == parent.span.span_id).collect();
    found.sort_by_key(|seen| seen.span.start_time_unix_nano);
    found
}

async fn ask(app: &App, traceparent: &str, forwarded: Option<&str>) -> Answer {
    let mut request = app.http.get(app.url("/auth/providers?secret=in-the-query")).header("traceparent", traceparent);
    if let Some(address) = forwarded {
        request = request.header("X-Forwarded-For", address);
    }
    read(request.send().await.unwrap()).await.expect(200)
}

#[tokio::test]
async fn f_a_request_and_its_steps_are_one_trace() {
    let collector = Collector::start().await;
    let app = Plan::new()
        .simple()
        .plugin("email-code", &plugin("email-code"), Some("vouch = true\nmail = true\n"))
        .set("otlp_url", &collector.url())
        .set("otlp_headers", "x-api-key=hush-hush-key, x-tenant=ours")
        .start();
    let body = json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD });
    let answer = app.post("/auth/signup/", &body).await.expect(200);
    let request = span_of(&collector, &answer).await;
    assert_eq!((request.span.name.as_str(), request.span.kind()), ("POST /auth/signup", SpanKind::Server));
    assert!(request.span.parent_span_id.is_empty());
    let attribute = |name| request.attribute(name).unwrap_or_else(|| panic!("no {name} in {request:#?}"));
    assert_eq!(attribute("http.request.method"), "POST");
    assert_eq!(attribute("http.route"), "/auth/signup");
    assert_eq!(attribute("http.response.status_code"), "200");
    assert_eq!(text(&request.resource, "service.name").as_deref(), Some("vestibule"));
    let steps = eventually("the steps", || Some(children(&collector, &request)).filter(|steps| steps.len() >= 2)).await;
    let names: Vec<&str> = steps.iter().map(|step| step.span.name.as_str()).collect();
    assert_eq!(names, ["provider call", "password hash"]);
    assert!(steps.iter().all(|step| step.span.trace_id == request.span.trace_id));
    assert_eq!(steps[0].attribute("provider.type").as_deref(), Some("simple"));
    assert_eq!(steps[0].attribute("provider.digest").map(|digest| digest.len()), Some(64));
    assert_eq!(steps[0].attribute("outcome").as_deref(), Some("ok"));
    let log = app.log();
    let line = log.lines().find(|line| line.contains("/auth/signup/")).expect("the request's line");
    assert!(
        line.contains(&format!("trace_id={}", hex(&request.span.trace_id)))
            || line.contains(&format!("trace_id=\"{}\"", hex(&request.span.trace_id))),
        "{line}"
    );
    assert!(!log.contains("otel.") && !log.contains("provider call"), "spans are not for the log: {log}");
    let mailed = app.post("/auth/signin/", &json!({ "type": "email-code", "email": "ann@example.org" })).await.expect(200);
    app.mail(1).await;
    span_of(&collector, &mailed).await;
    let delivery = |seen: &Seen| seen.span.name == "mail delivery";
    let delivery = eventually("the mail's span", || collector.spans().into_iter().find(delivery)).await;
    assert_eq!(delivery.attribute("mail.attempts").as_deref(), Some("1"));
    for secret in [PASSWORD, "ann@example.org", "hush-hush-key", &answer.str("/access_token"), &answer.str("/refresh_token"), "127.0.0.1"] {
        assert!(!collector.holds(secret), "{secret} was exported");
    }
    assert!(collector.headers().iter().all(|headers| headers.contains("hush-hush-key") && headers.contains("\"ours\"")));
    assert!(!app.log().contains("hush-hush-key"));
}

#[tokio::test]
async fn f_errors_and_unknown_paths_are_named_by_route() {
    let collector = Collector::start().await;
    let app = Plan::new().set("otlp_url", &format!("{}/v1/traces", collector.url())).start();
    let answer = app.get("/no/such/ann@example.org?token=hidden").await.expect(404);
    let request = span_of(&collector, &answer).await;
    assert_eq!(request.span.name, "GET unknown");
    assert_eq!(request.attribute("http.response.status_code").as_deref(), Some("404"));
    assert!(!collector.holds("ann@example.org") && !collector.holds("hidden"));
}

/// From operators and trusted proxies a parent is taken over; of others it is only linked.
#[tokio::test]
async fn f_traceparent_counts_from_those_who_are_trusted() {
    let collector = Collector::start().await;
    let app = Plan::new().set("otlp_url", &collector.url()).start();
    let sampled = format!("00-{TRACE}-{PARENT}-01");
    let request = span_of(&collector, &ask(&app, &sampled, None).await).await;
    assert_eq!((hex(&request.span.trace_id), hex(&request.span.parent_span_id)), (TRACE.to_owned(), PARENT.to_owned()));
    assert!(!collector.holds("in-the-query"));
    let request = span_of(&collector, &ask(&app, &sampled, Some("192.0.2.1")).await).await;
    assert_ne!(hex(&request.span.trace_id), TRACE, "a stranger joins no trace");
    assert!(request.span.parent_span_id.is_empty());
    let link = request.span.links.first().expect("a link");
    assert_eq!((hex(&link.trace_id), hex(&link.span_id)), (TRACE.to_owned(), PARENT.to_owned()));
    let malformed = span_of(&collector, &ask(&app, "00-zz-zz-01", None).await).await;
    assert!(malformed.span.parent_span_id.is_empty() && malformed.span.links.is_empty());
    let proxied = Plan::new().set("otlp_url", &collector.url()).set("trusted_proxies", "127.0.0.0/8").start();
    let request = span_of(&collector, &ask(&proxied, &sampled, Some("192.0.2.1")).await).await;
    assert_eq!(hex(&request.span.trace_id), TRACE);
}

#[tokio::test]
async fn f_the_sampled_flag_and_the_ratio_decide() {
    let collector = Collector::start().await;
    let app = Plan::new().set("otlp_url", &collector.url()).set("otlp_sample_ratio", "0").start();
    let none = ask(&app, "", None).await;
    let unsampled = ask(&app, &format!("00-{TRACE}-{PARENT}-00"), None).await;
    let kept = ask(&app, &format!("00-{TRACE}-{PARENT}-01"), None).await;
    span_of(&collector, &kept).await;
    let ids: Vec<_> = collector.spans().iter().filter_map(|seen| seen.attribute("request.id")).collect();
    for answer in [none, unsampled] {
        assert!(!ids.contains(&answer.headers["x-request-id"].to_str().unwrap().to_owned()), "{ids:?}");
    }
}

/// Without tracing nothing of it is anywhere.
#[tokio::test]
async fn f_without_a_collector_there_is_no_trace_id() {
    let app = Plan::new().set("log_level", "trace").start();
    app.get("/nothing").await.expect(404);
    assert!(!app.log().contains("trace_id") && !app.log().contains("otel"), "{}", app.log());
}

/// Many requests, measured with a collector in trouble.
async fn serves(app: &mut App) {
    // None waits for the collector: two hundred would take longer than this test may.
    for n in 0..200 {
        let answer = app.get("/auth/providers").await.expect(200);
        assert!(answer.json.is_object() || answer.json.is_array(), "{n}: {}", answer.text);
    }
    app.user("ann@example.org").await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    within(Duration::from_secs(1), "an answer", async || {
        let begun = Instant::now();
        app.get("/auth/providers").await.expect(200);
        begun.elapsed()
    })
    .await;
    app.terminate();
    assert_eq!(app.ended().await.code(), Some(0));
}

#[tokio::test]
async fn f_a_collector_that_hangs_holds_nobody() {
    let collector = Collector::silent().await;
    serves(&mut Plan::new().simple().set("otlp_url", &collector.url()).start()).await;
}

#[tokio::test]
async fn f_a_collector_that_is_gone_holds_nobody() {
    let mut app = Plan::new().simple().set("otlp_url", "http://127.0.0.1:9").start();
    serves(&mut app).await;
    let log = app.log();
    assert_eq!(log.matches("traces are not delivered").count(), 1, "{log}");
}

#[tokio::test]
async fn f_the_last_spans_are_sent_at_the_end() {
    let collector = Collector::start().await;
    let mut app = Plan::new().simple().set("otlp_url", &collector.url()).start();
    let answer = app.get("/auth/providers").await.expect(200);
    app.terminate();
    assert_eq!(app.ended().await.code(), Some(0));
    let id = answer.headers["x-request-id"].to_str().unwrap();
    assert!(collector.spans().iter().any(|seen| seen.attribute("request.id").as_deref() == Some(id)), "the last span is lost");
}

#[test]
fn f_malformed_trace_settings_are_named() {
    for (key, value, said) in [
        ("otlp_url", "collector:4318", "otlp_url is"),
        ("otlp_sample_ratio", "2", "expected a number from 0 to 1"),
        ("otlp_headers", "hush-hush-key", "otlp_headers cannot be read"),
    ] {
        let plan = Plan::new().set("otlp_url", "http://127.0.0.1:9").set(key, value);
        let output = plan.command(&["serve"]).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && error.contains(said) && !error.contains("hush"), "{error}");
    }
}

/// One JSON object a line, with the trace's id where the request's is.
#[tokio::test]
async fn f_json_lines_carry_the_trace() {
    let collector = Collector::start().await;
    let app = Plan::new().set("otlp_url", &collector.url()).set("log_format", "json").start();
    let answer = app.get("/nothing").await.expect(404);
    let id = answer.headers["x-request-id"].to_str().unwrap();
    let line = eventually("the line", || app.log().lines().find(|line| line.contains(id)).map(ToOwned::to_owned)).await;
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["span"]["trace_id"].as_str().map(str::len), Some(32), "{line}");
}
