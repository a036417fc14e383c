//! The name of a request's route: its template, so that metrics and traces have as many as there are routes, whatever
//! callers ask for.

use std::borrow::Cow;

use poem::http::Method;

/// What has no route.
pub const UNKNOWN: &str = "unknown";

/// The template as the OpenAPI document writes it, `/things/{id}`, from the router's `/things/:id`.
#[must_use]
pub fn template(pattern: &str) -> Cow<'_, str> {
    if !pattern.contains(':') {
        return Cow::Borrowed(pattern);
    }
    let part = |part: &str| part.strip_prefix(':').map_or_else(|| part.to_owned(), |name| format!("{{{name}}}"));
    Cow::Owned(pattern.split('/').map(part).collect::<Vec<_>>().join("/"))
}

/// The method, if it is one that there are routes for.
#[must_use]
pub const fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_those_of_the_document() {
        assert_eq!(template("/me"), "/me");
        assert_eq!(template("/providers/:type"), "/providers/{type}");
        assert_eq!(template("/a/:b/c/:d"), "/a/{b}/c/{d}");
    }
}
