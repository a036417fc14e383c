//! A Redis Cluster: records lie on all nodes, and a node that is away takes along what lies on it until it is back.

use std::process::Output;

use crate::{
    actor::User,
    app::{App, Plan},
    patience::until,
    redis_server::RedisCluster,
};

const PEOPLE: usize = 24;

fn plan(setting: &str, cluster: &RedisCluster) -> Plan {
    let cheap = Plan::new().on_file().simple().set("password_memory_kib", "8").set("password_iterations", "1");
    cheap.set(setting, &cluster.url())
}

async fn people(app: &App) -> Vec<User<'_>> {
    let mut people = Vec::new();
    for n in 0..PEOPLE {
        people.push(app.user(&format!("person{n}@example.org")).await);
    }
    people
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn d8_a_cluster_is_a_database_and_can_be_moved_to_and_from() {
    let cluster = RedisCluster::start().await;
    let app = plan("database_url", &cluster).start();
    let mut people = people(&app).await;
    for person in &mut people {
        person.renew().await.expect(200);
        person.get("/me").await.expect(200);
    }
    people[0].post("/auth/logout").await.expect(204);
    people[0].get("/auth/check").await.problem(401, "session_ended");
    let (ann, root) = (&people[1], app.admin().await);
    root.get("/users?page_size=100").await.expect(200);
    root.get(&format!("/users/{}", ann.id)).await.expect(200);
    for node in &cluster.nodes {
        assert_ne!(node.ask(&["DBSIZE"]), "0", "sessions are spread");
    }
    // Out of it, and into it again.
    let file = format!("sqlite://{}/copy.db", app.data().display());
    let copy = |from: &str, to: &str| app.command(&["store", "copy", "--from", from, "--to", to]).output().unwrap();
    let out = copy(&cluster.url(), &file);
    assert!(out.status.success(), "{}", said(&out));
    let empty = RedisCluster::start().await;
    let back = copy(&file, &empty.url());
    assert!(back.status.success(), "{}", said(&back));
    let moved = plan("database_url", &empty).start();
    for person in &people[1..] {
        // With the tokens from before: sessions and keys came along.
        moved.http.get(moved.url("/me")).bearer_auth(&person.access).send().await.unwrap().error_for_status().unwrap();
    }
    moved.signin("person0@example.org").await;
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn rule26_a_node_that_is_away_signs_nobody_out() {
    let cluster = RedisCluster::start().await;
    let app = plan("sessions_url", &cluster).start();
    let mut people = people(&app).await;
    // It keeps sessions and nothing else.
    let node = &cluster.nodes[1];
    for hangs in [false, true] {
        if hangs {
            node.freeze(true);
        } else {
            node.stop();
        }
        let mut refused = 0;
        for person in &mut people {
            let answer = person.renew().await;
            if answer.status != 200 {
                answer.problem(503, "store_unavailable");
                refused += 1;
            }
        }
        assert!(refused > 0, "nobody's session was there");
        assert!(refused < PEOPLE, "those on other nodes go on");
        app.get("/health/ready").await.expect(200);
        // It is named in the URL, which must not matter.
        let beside = app.beside();
        beside.get("/health/ready").await.expect(200);
        if hangs {
            node.freeze(false);
        } else {
            node.run();
        }
        cluster.is_whole().await;
        for person in &mut people {
            until("a refresh", async || {
                let answer = person.renew().await;
                assert!([200, 503].contains(&answer.status.as_u16()), "{}", answer.text);
                (answer.status == 200).then_some(())
            })
            .await;
            person.get("/me").await.expect(200);
        }
    }
}

#[tokio::test]
async fn d8_a_url_of_a_cluster_names_nodes_and_no_database() {
    for (url, part) in [("redis+cluster://a:1/2", "one database"), ("redis+cluster://ann:hunter2@", "HOST:PORT")] {
        let refused = Plan::new().on_file().set("database_url", url).command(&["migrate"]).output().unwrap();
        assert!(!refused.status.success() && said(&refused).contains(part) && !said(&refused).contains("hunter2"), "{}", said(&refused));
    }
}
