//! `/api/docs`: Swagger UI, whole and offline.

use crate::app::App;

/// The values of an attribute in a page, which the house writes itself, with double quotes.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let opening = format!(" {name}=\"");
    page.split(&opening).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[tokio::test]
async fn e9_the_page_comes_with_all_it_needs() {
    let app = App::simple();
    let page = app.get("/api/docs").await.expect(200);
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    let mut links = attributes(&page.text, "src");
    links.extend(attributes(&page.text, "href"));
    assert!(links.len() >= 4, "{links:?}");
    for link in links {
        assert!(link.starts_with('/') && !link.starts_with("//"), "{link} leads elsewhere");
        let answer = app.get(link).await.expect(200);
        let kind = match link.rsplit('.').next().unwrap() {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "png" => "image/png",
            _ => "application/json",
        };
        assert_eq!(answer.headers["content-type"], kind, "{link}");
        assert!(!answer.text.is_empty(), "{link}");
    }
    let script = app.get("/api/docs/init.js").await.expect(200).text;
    assert!(script.contains("\"/api/openapi.json\"") && script.contains("validatorUrl: null"), "{script}");
    assert!(!script.contains("http://") && !script.contains("https://"), "{script}");
}

#[tokio::test]
async fn rule19_nothing_runs_inline() {
    let app = App::simple();
    let page = app.get("/api/docs").await.expect(200);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    let directive =
        |name: &str| policy.split(';').map(str::trim).find_map(|part| part.strip_prefix(name).map(str::trim)).unwrap_or_default();
    assert_eq!(directive("default-src"), "'none'");
    assert_eq!(directive("script-src"), "'self'");
    assert_eq!(directive("connect-src"), "'self'");
    assert_eq!(directive("frame-ancestors"), "'none'");
    assert_eq!(directive("base-uri"), "'none'");
    assert!(!policy.contains("unsafe-eval") && !policy.contains("http"), "{policy}");
    let text = page.text.to_lowercase();
    for script in text.split("<script").skip(1) {
        assert!(script.starts_with(" src=\"/") && script.split('>').nth(1).is_some_and(|body| body.starts_with("</script")), "{script}");
    }
    for inline in ["<style", " style=", "javascript:", " onload", " onclick", " onerror", "http://", "https://"] {
        assert!(!text.contains(inline), "{inline} is in the page");
    }
}
