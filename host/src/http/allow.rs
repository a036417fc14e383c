//! `Allow`, which an answer 405 must carry (RFC 9110, 15.5.6): read from the document, so that no route can be forgotten.

use serde_json::Value;

/// The methods of every path.
pub struct Allow(Vec<(String, String)>);

impl Allow {
    /// From the OpenAPI document of the routes.
    #[must_use]
    pub fn new(document: &Value) -> Self {
        let paths = document["paths"].as_object().into_iter().flatten();
        let methods = |item: &Value| {
            let names = item.as_object().into_iter().flatten().map(|(name, _)| name.to_ascii_uppercase());
            let mut names: Vec<String> = names.collect();
            if names.iter().any(|name| name == "GET") {
                names.push("HEAD".to_owned());
            }
            names.sort();
            names.join(", ")
        };
        Self(paths.map(|(path, item)| (path.clone(), methods(item))).collect())
    }

    /// The same, and pages, which the document leaves out.
    #[must_use]
    pub fn with<'a>(mut self, paths: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        for (path, methods) in paths {
            self.0.retain(|(known, _)| path != known);
            self.0.push((path.to_owned(), methods.to_owned()));
        }
        self
    }

    /// The methods of a path without a trailing slash. What the document leaves out are files, to be read alone.
    #[must_use]
    pub fn of(&self, path: &str) -> &str {
        self.find(path).map_or("GET, HEAD", |(_, methods)| methods)
    }

    /// The template of a path without a trailing slash, as the document writes it.
    #[must_use]
    pub fn template(&self, path: &str) -> Option<&str> {
        self.find(path).map(|(template, _)| template.as_str())
    }

    fn find(&self, path: &str) -> Option<&(String, String)> {
        let exact = self.0.iter().find(|(template, _)| template == path);
        exact.or_else(|| self.0.iter().find(|(template, _)| fits(template, path)))
    }
}

/// Whether the path is the template with something in place of each `{name}`.
fn fits(template: &str, path: &str) -> bool {
    let (mut template, mut path) = (template.split('/'), path.split('/'));
    loop {
        match (template.next(), path.next()) {
            (None, None) => return true,
            (Some(expected), Some(part)) if expected == part || (expected.starts_with('{') && !part.is_empty()) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_fixed_path_stands_before_a_template() {
        let document = json!({ "paths": {
            "/things/{id}": { "delete": {}, "put": {} },
            "/things/reload": { "post": {} },
            "/things": { "post": {}, "get": {} },
        } });
        let allow = Allow::new(&document);
        for (path, methods) in [
            ("/things/7", "DELETE, PUT"),
            ("/things/reload", "POST"),
            ("/things", "GET, HEAD, POST"),
            ("/things/7/more", "GET, HEAD"),
            ("/things/", "GET, HEAD"),
        ] {
            assert_eq!(allow.of(path), methods, "{path}");
        }
    }
}
