//! Guessing the current password with a copied token.

use reqwest::Method;
use serde_json::json;

use super::{ANN, HOME, WRONG, elsewhere, guarded, signed_in, signin, signup, wait};
use crate::{
    actor::{Answer, PASSWORD, User, read},
    app::App,
};

const NEW: &str = "nine blue lanterns at sea";

async fn change(app: &App, user: &User<'_>, network: &str, current: &str) -> Answer {
    let body = json!({ "current_password": current, "new_password": NEW });
    let request = app.http.request(Method::PUT, app.url("/me/password")).bearer_auth(&user.access);
    read(request.header("x-forwarded-for", network).json(&body).send().await.unwrap()).await
}

#[tokio::test]
async fn rule22_wrong_current_passwords_are_limited_by_session_wherever_the_token_is_used() {
    let app = guarded(4, 0).start();
    let ann = User::new(&app, &signup(&app, HOME, ANN).await.expect(200));
    for n in 0..4 {
        let refused = change(&app, &ann, &elsewhere(n), WRONG).await.problem(400, "invalid_fields");
        assert_eq!(refused.fields(), ["current_password:wrong_password"]);
    }
    let refused = change(&app, &ann, &elsewhere(9), PASSWORD).await.problem(429, "rate_limited");
    assert!((3590..=3600).contains(&wait(&refused)));
    // Another session of hers is not held up.
    let again = User::new(&app, &signin(&app, HOME, ANN, PASSWORD).await.expect(200));
    change(&app, &again, HOME, PASSWORD).await.expect(204);
    signed_in(signin(&app, HOME, ANN, NEW).await);
}

#[tokio::test]
async fn rule22_guesses_at_the_change_and_at_the_sign_in_count_together() {
    let app = guarded(4, 0).start();
    let ann = User::new(&app, &signup(&app, HOME, ANN).await.expect(200));
    for _ in 0..2 {
        change(&app, &ann, HOME, WRONG).await.problem(400, "invalid_fields");
        signin(&app, HOME, ANN, WRONG).await.problem(400, "invalid_credentials");
    }
    change(&app, &ann, HOME, PASSWORD).await.problem(429, "rate_limited");
    signin(&app, HOME, ANN, PASSWORD).await.problem(429, "rate_limited");
    signed_in(signin(&app, "198.51.100.2", ANN, PASSWORD).await);
}

#[tokio::test]
async fn rule22_a_right_current_password_clears_the_wrong_ones() {
    let app = guarded(3, 0).start();
    let ann = User::new(&app, &signup(&app, HOME, ANN).await.expect(200));
    let weak = json!({ "current_password": PASSWORD, "new_password": "password1" });
    for _ in 0..3 {
        for _ in 0..2 {
            change(&app, &ann, HOME, WRONG).await.problem(400, "invalid_fields");
        }
        let request = app.http.put(app.url("/me/password")).bearer_auth(&ann.access).header("x-forwarded-for", HOME).json(&weak);
        assert_eq!(read(request.send().await.unwrap()).await.problem(400, "invalid_fields").fields(), ["new_password:too_weak"]);
    }
    change(&app, &ann, HOME, PASSWORD).await.expect(204);
}
