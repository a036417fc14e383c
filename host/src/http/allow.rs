//! Which methods a path takes, read from the OpenAPI document: an answer 405 has to say so (RFC 9110, 15.5.6).

use poem::http::HeaderValue;
use serde_json::Value;

/// The methods of every path.
pub struct Allowed(Vec<(Vec<String>, HeaderValue)>);

impl Allowed {
    /// From the paths of a document.
    #[must_use]
    pub fn of(document: &Value) -> Self {
        let paths = document["paths"].as_object().into_iter().flatten();
        Self(paths.filter_map(|(path, item)| Some((segments(path).map(ToOwned::to_owned).collect(), methods(item)?))).collect())
    }

    /// The value of `Allow` for a path that there is; what the document leaves out (itself, and its pages) can only be read.
    #[must_use]
    pub fn at(&self, path: &str) -> HeaderValue {
        let fits = |template: &[String]| {
            let mut asked = segments(path);
            template.iter().all(|part| asked.next().is_some_and(|given| given == part || part.starts_with('{'))) && asked.next().is_none()
        };
        // A literal path stands above one with a variable: `/providers/reload` is no provider type.
        let literal = |template: &&(Vec<String>, HeaderValue)| !template.0.iter().any(|part| part.starts_with('{'));
        let fitting = || self.0.iter().filter(|(template, _)| fits(template));
        let found = fitting().find(literal).or_else(|| fitting().next());
        found.map_or_else(|| HeaderValue::from_static("GET, HEAD"), |(_, methods)| methods.clone())
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

fn methods(item: &Value) -> Option<HeaderValue> {
    let mut names: Vec<String> = item.as_object()?.keys().map(|name| name.to_uppercase()).collect();
    if names.iter().any(|name| name == "GET") {
        names.push("HEAD".to_owned());
    }
    HeaderValue::from_str(&names.join(", ")).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn literal_paths_come_first_and_reading_is_the_rest() {
        let allowed = Allowed::of(&json!({ "paths": {
            "/me": { "get": {}, "patch": {} },
            "/providers/{type}": { "put": {} },
            "/providers/reload": { "post": {} },
        } }));
        let at = |path: &str| allowed.at(path).to_str().unwrap_or_default().to_owned();
        assert_eq!(at("/me/"), "GET, PATCH, HEAD");
        assert_eq!(at("/providers/simple"), "PUT");
        assert_eq!(at("/providers/reload"), "POST");
        assert_eq!(at("/providers"), "GET, HEAD");
        assert_eq!(at("/api/docs"), "GET, HEAD");
    }
}
