//! Every attack of the hostile guest on a running call: its own caller gets a clean answer, the log names plugin and
//! limit, and everybody else goes on.

use super::{
    besieged,
    crowd::Crowd,
    process::{assert_idle, peak, resident},
    signin,
};
use crate::{
    actor::Answer,
    app::{App, Plan},
};

/// One attack and how it must end.
pub(super) struct Case {
    attack: &'static str,
    status: u16,
    code: &'static str,
    /// In the detail of the answer.
    says: &'static str,
    /// In a line of the log about this provider.
    logs: &'static str,
}

/// The call ends at a limit, which the log names.
pub(super) const fn stopped(attack: &'static str, limit: &'static str) -> Case {
    Case { attack, status: 503, code: "provider_failed", says: "it broke off", logs: limit }
}

/// The call ends because of what the guest did.
pub(super) const fn broken(attack: &'static str, reason: &'static str) -> Case {
    stopped(attack, reason)
}

/// The attack comes to nothing, and the guest says what it found.
pub(super) const fn found(attack: &'static str, report: &'static str) -> Case {
    Case { attack, status: 400, code: "report", says: report, logs: "" }
}

/// Another end.
pub(super) const fn ends(attack: &'static str, status: u16, code: &'static str, logs: &'static str) -> Case {
    Case { attack, status, code, says: "", logs }
}

impl Case {
    pub(super) fn kind(&self) -> String {
        self.attack.replace('_', "-")
    }

    fn check(&self, answer: Answer, log: &str) {
        let attack = self.attack;
        let answer = answer.problem(self.status, self.code);
        assert!(answer.str("/detail").contains(self.says), "{attack}: {}", answer.text);
        assert!(answer.text.len() < 2048 && !answer.text.contains("<script"), "{attack}: {}", answer.text);
        assert!(!answer.headers.contains_key("set-cookie") && !answer.headers.contains_key("location"), "{attack}: {:?}", answer.headers);
        assert_eq!(answer.headers.contains_key("retry-after"), matches!(self.status, 429 | 503), "{attack}: {:?}", answer.headers);
        let named = format!("provider=\"{}\"", self.kind());
        let told = log.lines().any(|line| line.contains(&named) && line.contains(self.logs) && line.contains("request_id="));
        assert!(self.logs.is_empty() || told, "{attack}: no line with {named} and {:?} in\n{log}", self.logs);
    }
}

/// The operator's file of an attack.
pub(super) fn toml(attack: &str, head: &str, limits: &str) -> String {
    format!(
        "component = \"hostile.wasm\"\nhosts = [\"127.0.0.1:1\"]\nmail = true\n{head}\n[settings]\nattack = \"{attack}\"\n\
         url = \"http://127.0.0.1:1/\"\n[limits]\n{limits}\n"
    )
}

/// Makes a type of each attack, attacks with all of them while others sign in, and leaves the gateway for more.
pub(super) async fn besiege(plan: Plan, limits: &str, cases: &[Case]) -> App {
    let mut plan = plan;
    for case in cases {
        plan = attack(plan, &case.kind(), case.attack, limits);
    }
    let app = plan.start();
    let crowd = Crowd::gather(&app, 2).await;
    for case in cases {
        let answer = signin(&app, &case.kind(), "ann@example.org").await;
        // The line is written before the answer, but the log's writer may lag behind it.
        let log = app.log();
        case.check(answer, &log);
    }
    crowd.disperse().await;
    app
}

/// Makes a provider type of an attack.
pub(super) fn attack(plan: Plan, kind: &str, attack: &str, limits: &str) -> Plan {
    let plan_dir = plan.path().join("plugins");
    crate::app::write(&plan_dir.join(format!("{kind}.toml")), toml(attack, "", limits).as_bytes());
    plan
}

#[tokio::test]
async fn g5_spending_without_end_ends() {
    let cases = [
        stopped("loop", "limit=cpu"),
        stopped("clock_loop", "limit=cpu"),
        stopped("memory", "limit=memory"),
        stopped("memory_small", "limit=memory"),
        broken("recursion", "broke down"),
        ends("sleep", 503, "provider_timeout", "limit=wall"),
        broken("panic", "broke down"),
        broken("abort", "broke down"),
        broken("exit", "broke down"),
        stopped("stdout_flood", "limit=log lines"),
        stopped("stderr_flood", "limit=log lines"),
    ];
    let app = besiege(besieged(), "wall_ms = 3000\ncpu_ms = 300\nmemory_mib = 16", &cases).await;
    assert_idle(&app).await;
    assert!(peak(&app) < 512, "{} MiB at its peak", peak(&app));
    let flood = app.log().lines().filter(|line| line.contains("provider=\"stdout-flood\"")).count();
    assert!((50..60).contains(&flood), "{flood} lines of 100,000");
    assert!(app.log().lines().all(|line| line.len() < 4096), "a line of the log is long");
}

#[tokio::test]
async fn g5_calling_the_host_too_often_or_with_too_much_ends() {
    let cases = [
        stopped("log_flood", "limit=log lines"),
        stopped("log_giant", "limit=answer"),
        stopped("hash_loop", "limit=hashes"),
        stopped("hash_giant", "limit=answer"),
        found("verify_giant", "the key was refused"),
        broken("random_giant", "crypto.random"),
        found("secret_unknown", "no secret"),
        stopped("kv_loop", "limit=lookups"),
        broken("kv_giant", "kv: a value of 524288 bytes"),
        broken("kv_key", "kv: a key of 100000 bytes"),
        broken("kv_control", "kv: a key with control characters"),
        broken("kv_forever", "kv: a time to live"),
        stopped("find_loop", "limit=lookups"),
        stopped("find_giant", "limit=answer"),
        stopped("mail_flood", "limit=mails"),
        found("mail_header", "invalid"),
        found("mail_template", "invalid"),
        stopped("mail_giant", "limit=answer"),
    ];
    // Enough CPU time that no budget but the one that is meant ends it.
    let app = besiege(besieged(), "cpu_ms = 10000\nwall_ms = 60000", &cases).await;
    assert!(app.mails().len() <= 2, "{} mails", app.mails().len());
    assert_idle(&app).await;
}

#[tokio::test]
async fn g5_answers_that_no_provider_may_give_reach_nobody() {
    let contract = "broke the contract";
    let cases = [
        ends("none", 400, "invalid_credentials", ""),
        stopped("giant_refusal", "limit=answer"),
        stopped("giant_attribute", "limit=answer"),
        broken("long_attribute", "attribute note is longer than 1024"),
        stopped("many_attributes", "limit=answer"),
        broken("undeclared_attribute", "not one that the manifest declares"),
        broken("repeated_attribute", "note is there twice"),
        broken("control_attribute", "note holds control characters"),
        stopped("giant_private", "limit=answer"),
        ends("vouched", 503, "provider_misconfigured", "no vouch = true"),
        broken("subject_empty", contract),
        broken("subject_long", contract),
        broken("subject_control", contract),
        ends("subject_other", 400, "invalid_credentials", ""),
        broken("email_invalid", contract),
        broken("proof_unknown_field", contract),
        broken("proof_other_field", contract),
        broken("refusal_unknown_field", contract),
        broken("refusal_empty", contract),
        broken("refusal_markup", contract),
        ends("retry_forever", 429, "rate_limited", ""),
        broken("redirect_javascript", contract),
        broken("redirect_data", contract),
        broken("prompt_giant_state", contract),
        broken("prompt_forever", contract),
        broken("prompt_reserved", contract),
        broken("prompt_many_fields", contract),
        broken("prompt_markup", contract),
        broken("verified_email", contract),
    ];
    let app = besiege(besieged(), "cpu_ms = 5000\nwall_ms = 30000", &cases).await;
    assert!(resident(&app) < 512, "{} MiB", resident(&app));
}

#[tokio::test]
async fn g5_a_forged_line_of_the_log_cannot_be_taken_for_the_gateways() {
    let app = besiege(besieged(), "", &[ends("log_forged", 400, "invalid_credentials", "forged=true")]).await;
    let log = app.log();
    assert!(!log.contains(['\u{1b}', '\0']), "{log}");
    let line = log.lines().find(|line| line.contains("forged=true")).unwrap();
    assert!(!line.starts_with("2026-01-01") && line.contains("provider=\"log-forged\""), "{line}");
    assert!(line.contains("\"hostile 2026"), "what a provider says is quoted: {line}");
}

#[tokio::test]
async fn g4_a_prompt_is_kept_with_its_state_and_answered_once() {
    let app = attack(besieged(), "prompt", "prompt", "").start();
    let challenge = signin(&app, "prompt", "ann@example.org").await.expect(200);
    assert_eq!(challenge.json["challenge"]["message"], "Once more, please.");
    assert!(!challenge.text.contains("state"), "the state is the provider's alone: {}", challenge.text);
    let body = serde_json::json!({ "flow": challenge.str("/challenge/flow"), "code": "1" });
    let report = app.post("/auth/continue", &body).await.problem(400, "report");
    assert!(report.text.contains("resumed with 5 bytes"), "{}", report.text);
}

#[tokio::test]
async fn g2_a_provider_that_names_somebody_else_still_needs_their_password() {
    let app = attack(besieged(), "thief", "subject_other", "").start();
    let body = serde_json::json!({ "type": "thief", "email": "victim@example.org", "password": "the victim's own horse 77" });
    app.post("/auth/signup/", &body).await.expect(200);
    signin(&app, "thief", "thief@example.org").await.problem(400, "invalid_credentials");
}
