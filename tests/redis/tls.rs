//! `rediss://`: the server's certificate is checked against what the system trusts.

use std::{fs, sync::Arc};

use crate::{app::Plan, certificate, port, redis_server::RedisServer};

#[tokio::test]
#[cfg_attr(not(redis), ignore = "there is no redis-server: `cargo xtask test` looks for one")]
async fn d8_a_redis_with_tls_is_taken_if_its_certificate_is_trusted() {
    let files = tempfile::tempdir().unwrap();
    certificate::write(files.path());
    let at = |name: &str| files.path().join(name).display().to_string();
    let port = port::free();
    let settings = ["--bind", "127.0.0.1", "--tls-port", &port.to_string(), "--tls-auth-clients", "no"];
    let certificates = ["--tls-cert-file", &at("cert.pem"), "--tls-key-file", &at("key.pem"), "--tls-ca-cert-file", &at("ca.pem")];
    let server = Arc::new(RedisServer::start_with(&[&settings[..], &certificates[..]].concat()));
    let plan = |host: &str, authority: &str| {
        let plan = Plan::new().on_file().simple().on_redis("sessions_url", &server).env("SSL_CERT_FILE", authority);
        plan.set("sessions_url", &format!("rediss://{host}:{port}"))
    };

    let app = plan("localhost", &at("ca.pem")).start();
    let mut ann = app.user("ann@example.org").await;
    ann.renew().await.expect(200);
    assert!(server.ask(&["DBSIZE"]).parse::<u32>().unwrap() > 0);

    // Another authority's, and another host's.
    let others = tempfile::tempdir().unwrap();
    certificate::write(others.path());
    for (host, authority) in [("localhost", others.path().join("ca.pem")), ("127.0.0.1", files.path().join("ca.pem"))] {
        let refused = plan(host, authority.to_str().unwrap()).command(&["migrate"]).output().unwrap();
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success() && said.contains("certificate"), "{said}");
    }
    fs::remove_dir_all(others.path()).unwrap();
}
