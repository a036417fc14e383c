//! Sign-ins that wait for their turn while the password changes.

use futures_util::future::{join, join_all};
use reqwest::Method;
use serde_json::json;

use super::letter::{NEW, signin};
use crate::{
    actor::{PASSWORD, User},
    app::Plan,
};

const ANN: &str = "ann@example.org";

/// A change ends the sessions that it sees: a sign-in in the queue must not make one afterwards.
#[tokio::test]
async fn rule10_no_sign_in_with_the_old_password_outlives_a_change() {
    for _ in 0..3 {
        let app = Plan::new().simple().set("password_threads", "1").start();
        let ann = app.user(ANN).await;
        let body = json!({ "current_password": PASSWORD, "new_password": NEW });
        let change = ann.send(Method::PUT, "/me/password", Some(&body));
        let thieves = join_all((0..24).map(|_| signin(&app, ANN, PASSWORD)));
        let (changed, answers) = join(change, thieves).await;
        changed.expect(204);
        for answer in answers.iter().filter(|answer| answer.status == 200) {
            User::new(&app, answer).get("/me").await.problem(401, "session_ended");
        }
        assert_eq!(app.number("SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL").await, 1);
    }
}
