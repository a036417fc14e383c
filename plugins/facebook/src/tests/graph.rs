use super::*;
use vestibule_plugin::{Proof, Step, http};

const GOOD: &str = r#"{"data":{"app_id":"123","type":"USER","is_valid":true,"expires_at":1700003600,"user_id":"77"}}"#;
const ME: &str = r#"{"id":"77","name":"Ann Bee","email":"other@example.org"}"#;

fn refused(answers: impl IntoIterator<Item = Result<Response, FetchError>>) -> String {
    let world = World::answering(answers);
    let refusal = signin(&world, "EAAB").expect_err("refused");
    assert!(world.answers.borrow().is_empty(), "every answer was asked for");
    name(&refusal)
}

#[test]
fn signs_up_the_person_whom_the_token_belongs_to() {
    let world = World::answering([ok(GOOD), ok(ME)]);
    let Ok(Step::Verified(facts)) = signup(&world, "77", "EAAB") else { panic!("no facts") };
    assert_eq!((facts.subject.as_str(), facts.proof), ("77", Proof::Vouched));
    assert_eq!((facts.email.as_deref(), facts.email_verified), (Some("ann@example.org"), false));
    let attributes: Vec<_> = facts.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(attributes, [("facebook_id", "77"), ("name", "Ann Bee")]);
}

#[test]
fn the_secret_is_named_and_proved_but_never_held() {
    let world = World::answering([ok(GOOD), ok(ME)]);
    assert!(signin(&world, "EAAB").is_ok());
    let requests = world.requests.borrow();
    let debug = http::get("https://graph.facebook.com/debug_token")
        .query("input_token", "EAAB")
        .query_parts("access_token", [http::text("123|"), http::secret("app_secret")]);
    let me = http::get("https://graph.facebook.com/me")
        .query("fields", "id,email,name")
        .query("access_token", "EAAB")
        .query("appsecret_proof", "abcd");
    assert_eq!(*requests, [debug, me]);
}

#[test]
fn ids_may_be_numbers_and_tokens_without_an_end() {
    let data = r#"{"data":{"app_id":123,"is_valid":true,"expires_at":0,"user_id":10215241773831025}}"#;
    let world = World::answering([ok(data), ok(r#"{"id":"10215241773831025"}"#)]);
    let Ok(Step::Verified(facts)) = signin(&world, "EAAB") else { panic!("no facts") };
    assert_eq!(facts.subject, "10215241773831025");
    assert!(facts.attributes.is_empty());
}

#[test]
fn another_persons_id_is_refused_at_sign_up() {
    let world = World::answering([ok(GOOD), ok(ME)]);
    assert_eq!(name(&signup(&world, "78", "EAAB").expect_err("refused")), "facebook_id wrong_user");
}

#[test]
fn what_debug_token_says_of_the_token_is_the_callers_mistake() {
    for (data, expected) in [
        (r#"{"app_id":"999","is_valid":true,"user_id":"77"}"#, "wrong_app"),
        (
            r#"{"is_valid":false,"error":{"code":100,"message":"(#100) The App_id in the input_token did not match the Viewing App"}}"#,
            "wrong_app",
        ),
        (r#"{"app_id":"123","is_valid":false,"user_id":"77"}"#, "token_invalid"),
        (r#"{"app_id":"123","user_id":"77"}"#, "token_invalid"),
        (r#"{"app_id":"123","is_valid":"true","user_id":"77"}"#, "token_invalid"),
        (r#"{"app_id":"123","is_valid":true}"#, "token_invalid"),
        (r#"{"app_id":"123","is_valid":true,"type":"PAGE","user_id":"77"}"#, "token_invalid"),
        (r#"{"app_id":"123","is_valid":true,"type":"APP"}"#, "token_invalid"),
        (r#"{"app_id":"123","is_valid":true,"expires_at":1700000000,"user_id":"77"}"#, "token_expired"),
        (r#"{"app_id":"123","is_valid":false,"error":{"code":190,"subcode":463,"message":"Session has expired"}}"#, "token_expired"),
        (r#"{"is_valid":false,"error":{"code":190,"message":"The access token could not be decrypted"}}"#, "token_invalid"),
    ] {
        assert_eq!(refused([ok(&format!(r#"{{"data":{data}}}"#))]), format!("facebook_token {expected}"), "{data}");
    }
}

#[test]
fn documented_errors_of_a_users_token() {
    for (code, subcode, expected) in [
        (190, 458, "facebook_token token_invalid"),
        (190, 459, "facebook_token token_invalid"),
        (190, 460, "facebook_token token_invalid"),
        (190, 463, "facebook_token token_expired"),
        (190, 464, "facebook_token token_invalid"),
        (190, 467, "facebook_token token_invalid"),
        (190, 492, "facebook_token token_invalid"),
        (190, 0, "facebook_token token_invalid"),
        (102, 0, "facebook_token token_invalid"),
        (10, 0, "facebook_token token_invalid"),
        (200, 0, "facebook_token token_invalid"),
        (299, 0, "facebook_token token_invalid"),
        (1, 0, "upstream"),
        (2, 0, "upstream"),
        (3, 0, "upstream"),
        (100, 0, "upstream"),
        (101, 0, "upstream"),
        (368, 0, "upstream"),
        (9999, 0, "upstream"),
        (4, 0, "wait 60"),
        (17, 0, "wait 60"),
        (32, 0, "wait 60"),
        (341, 0, "wait 60"),
        (613, 0, "wait 60"),
    ] {
        let error = format!(r#"{{"error":{{"message":"no","type":"OAuthException","code":{code},"error_subcode":{subcode}}}}}"#);
        assert_eq!(refused([ok(GOOD), status(400, &error)]), expected, "{code} {subcode}");
    }
}

#[test]
fn wrong_credentials_of_the_app_are_the_operators_and_are_logged_without_facebooks_words() {
    for code in [190, 101, 102, 10] {
        let error = format!(r#"{{"error":{{"message":"Invalid token EAAB","code":{code},"fbtrace_id":"Az/9"}}}}"#);
        let world = World::answering([status(400, &error)]);
        assert_eq!(name(&signin(&world, "EAAB").expect_err("refused")), "upstream", "{code}");
        let log = world.log.borrow();
        assert!(log[0].contains("check app_id and app_secret") && log[0].contains("fbtrace_id Az9"), "{log:?}");
        assert!(!log[0].contains("EAAB"), "{log:?}");
    }
}

#[test]
fn the_headers_say_how_long_to_wait() {
    let limited = |header: &str, usage: &str| {
        let body = br#"{"error":{"code":4}}"#.to_vec();
        Ok(Response { status: 403, headers: vec![(header.to_owned(), usage.to_owned())], body })
    };
    let business = r#"{"9":[{"estimated_time_to_regain_access":3},{"estimated_time_to_regain_access":19}]}"#;
    assert_eq!(refused([limited("X-Business-Use-Case-Usage", business)]), "wait 1140");
    assert_eq!(refused([limited("X-App-Usage", r#"{"call_count":100,"estimated_time_to_regain_access":2}"#)]), "wait 120");
    assert_eq!(refused([limited("X-App-Usage", r#"{"call_count":100}"#)]), "wait 60");
    assert_eq!(refused([limited("X-App-Usage", r#"{"estimated_time_to_regain_access":99999999999999999999}"#)]), "wait 60");
    assert_eq!(refused([limited("X-App-Usage", "[[[")]), "wait 60");
    assert_eq!(refused([status(429, "<html>")]), "wait 60");
}

#[test]
fn trouble_at_facebooks_end_is_nobodys_mistake_here() {
    let unreachable = || Err(FetchError::Unreachable("no route".to_owned()));
    for answer in [
        unreachable(),
        Err(FetchError::TooLarge),
        Err(FetchError::Forbidden("hosts".to_owned())),
        ok("<html>"),
        ok(""),
        ok("{}"),
        ok(r#"{"data":{"is_valid":true,"user_id":"77"}}"#),
        status(302, ""),
        status(404, "{}"),
        status(500, r#"{"error":{"code":190}}"#),
        status(503, "down"),
    ] {
        assert_eq!(refused([answer]), "upstream");
    }
    assert_eq!(refused([ok(GOOD), unreachable()]), "upstream");
    assert_eq!(refused([ok(GOOD), ok(r#"{"name":"Ann"}"#)]), "upstream");
    assert_eq!(refused([ok(GOOD), ok(r#"{"id":"78"}"#)]), "facebook_token token_invalid");
}

#[test]
fn a_nonce_has_no_place_beside_an_access_token() {
    let input = Input::from([("facebook_token", "EAAB"), ("nonce", "n")]);
    assert_eq!(name(&crate::signin(&World::default(), &input).expect_err("refused")), "nonce unexpected");
}
