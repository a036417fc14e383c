//! `[[routes]]`: the services behind the gateway (docs/reverse-proxy.md).

use std::{collections::BTreeMap, time::Duration};

use toml::de::DeValue;
use url::Url;

use super::value::Value;
use crate::model::{
    proxy::{Require, Route},
    role::is_role_name,
};

const KEYS: [&str; 11] = [
    "prefix",
    "upstream",
    "require",
    "strip_prefix",
    "audience",
    "connect_timeout",
    "timeout",
    "idle_timeout",
    "body_limit_kib",
    "failures",
    "rest",
];

/// Reads all of them; `at` names the line of a byte of the file.
///
/// # Errors
/// One line for each mistake, with the route and its field.
pub(super) fn read(value: &DeValue<'_>, at: &dyn Fn(usize) -> String) -> Result<Vec<Route>, Vec<String>> {
    let tables = match value {
        DeValue::Array(items) => items.iter().map(|item| item.get_ref().as_table()).collect::<Option<Vec<_>>>(),
        _ => None,
    };
    let tables = tables.ok_or_else(|| vec!["routes must be written as tables: [[routes]], one for each service".to_owned()])?;
    let (mut routes, mut errors) = (Vec::<Route>::new(), Vec::new());
    for (index, table) in tables.into_iter().enumerate() {
        let fields: BTreeMap<&str, (usize, &DeValue<'_>)> =
            table.iter().map(|(key, value)| (key.get_ref().as_ref(), (key.span().start, value.get_ref()))).collect();
        let name =
            fields.get("prefix").and_then(|(_, value)| value.as_str()).map_or_else(|| format!("{}", index + 1), |p| format!("{p:?}"));
        let mut entry = Entry { name, fields, at, errors: &mut errors };
        let Some(route) = entry.read() else { continue };
        if routes.iter().any(|other| other.prefix.eq_ignore_ascii_case(&route.prefix)) {
            entry.wrong("prefix", "is that of another route already, apart from upper and lower case");
        }
        routes.push(route);
    }
    if errors.is_empty() { Ok(routes) } else { Err(errors) }
}

/// One table.
struct Entry<'a, 'b> {
    name: String,
    fields: BTreeMap<&'a str, (usize, &'a DeValue<'a>)>,
    at: &'b dyn Fn(usize) -> String,
    errors: &'b mut Vec<String>,
}

impl Entry<'_, '_> {
    fn read(&mut self) -> Option<Route> {
        let unknown: Vec<&str> = self.fields.keys().copied().filter(|key| !KEYS.contains(key)).collect();
        for key in &unknown {
            self.wrong(key, &format!("is not known here; there are {}", KEYS.join(", ")));
        }
        let prefix = self.one::<Prefix>("prefix", None);
        let segment = prefix.as_ref().and_then(|prefix| prefix.0.split('/').nth(1)).unwrap_or_default().to_owned();
        let upstreams = self.upstreams();
        let require = self.one::<Require>("require", Some("signed-in"));
        let strip_prefix = self.one("strip_prefix", Some("false"));
        // Without a prefix there is nothing to name it by, which is told already.
        let audience = self.one::<Name>("audience", Some(if segment.is_empty() { "-" } else { &segment }));
        let connect_timeout = self.one("connect_timeout", Some("2s"));
        let timeout = self.one("timeout", Some("30s"));
        let idle_timeout = self.one("idle_timeout", Some("5m"));
        let body_limit = self.one::<u32>("body_limit_kib", Some("10240"));
        let failures = self.one("failures", Some("3"));
        let rest = self.one("rest", Some("10s"));
        for (key, time) in [("connect_timeout", connect_timeout), ("timeout", timeout), ("idle_timeout", idle_timeout)] {
            if time == Some(Duration::ZERO) {
                self.wrong(key, "must be longer than nothing");
            }
        }
        let place = self.fields.get("prefix").map(|(offset, _)| (self.at)(*offset)).unwrap_or_default();
        Some(Route {
            place,
            prefix: prefix?.0,
            upstreams: upstreams?,
            require: require?,
            strip_prefix: strip_prefix?,
            audience: audience?.0,
            connect_timeout: connect_timeout?,
            timeout: timeout?,
            idle_timeout: idle_timeout?,
            body_limit: u64::from(body_limit?) * 1024,
            failures: failures?,
            rest: rest?,
        })
    }

    fn wrong(&mut self, key: &str, what: &str) {
        let line = self.fields.get(key).map(|(offset, _)| format!("{}: ", (self.at)(*offset))).unwrap_or_default();
        self.errors.push(format!("{line}routes {}: {key} {what}", self.name));
    }

    /// One value as text, as every setting is read.
    fn one<T: Value>(&mut self, key: &str, default: Option<&str>) -> Option<T> {
        let text = match self.fields.get(key).map(|(_, value)| *value) {
            Some(DeValue::String(text)) => text.to_string(),
            Some(DeValue::Integer(number)) => number.to_string(),
            Some(DeValue::Boolean(value)) => value.to_string(),
            Some(_) => {
                self.wrong(key, &format!("must be one value: {}", T::KIND));
                return None;
            }
            None => {
                let Some(default) = default else {
                    self.wrong(key, "is missing");
                    return None;
                };
                default.to_owned()
            }
        };
        T::parse(&text).map_err(|expected| self.wrong(key, &format!("is {text:?}: {expected}"))).ok()
    }

    /// One address, or a list of them.
    fn upstreams(&mut self) -> Option<Vec<Url>> {
        let texts: Option<Vec<String>> = match self.fields.get("upstream").map(|(_, value)| *value) {
            Some(DeValue::String(text)) => Some(vec![text.to_string()]),
            Some(DeValue::Array(items)) => items.iter().map(|item| item.get_ref().as_str().map(ToOwned::to_owned)).collect(),
            Some(_) => None,
            None => {
                self.wrong("upstream", "is missing");
                return None;
            }
        };
        let Some(texts) = texts.filter(|texts| !texts.is_empty()) else {
            self.wrong("upstream", "must be an address, or a list of addresses");
            return None;
        };
        let mut urls = Vec::new();
        for text in &texts {
            match <Url as Value>::parse(text) {
                Ok(url) if url.username().is_empty() && url.password().is_none() => urls.push(url),
                Ok(_) => self.wrong("upstream", "holds a user or a password; services learn who calls from X-Auth-Identity"),
                Err(expected) => self.wrong("upstream", &format!("is {text:?}: {expected}")),
            }
        }
        (urls.len() == texts.len()).then_some(urls)
    }
}

/// A path that requests are compared with, segment by segment.
struct Prefix(String);

impl Value for Prefix {
    const KIND: &'static str = "path";
    fn parse(text: &str) -> Result<Self, String> {
        let plain = |segment: &str| {
            let letters = segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
            letters && !matches!(segment, "" | "." | "..")
        };
        if text.strip_prefix('/').is_some_and(|rest| rest.split('/').all(plain)) {
            Ok(Self(text.to_owned()))
        } else {
            Err("expected a path such as /shop: it begins with a slash, ends without one, and has plain letters between".to_owned())
        }
    }
}

impl Value for Require {
    const KIND: &'static str = "public, signed-in or role:NAME";
    fn parse(text: &str) -> Result<Self, String> {
        match (text, text.strip_prefix("role:")) {
            ("public", _) => Ok(Self::Public),
            ("signed-in", _) => Ok(Self::SignedIn),
            (_, Some(role)) if is_role_name(role) => Ok(Self::Role(role.to_owned())),
            _ => Err("expected public, signed-in or role:NAME".to_owned()),
        }
    }
}

/// A name of a service.
struct Name(String);

impl Value for Name {
    const KIND: &'static str = "name";
    fn parse(text: &str) -> Result<Self, String> {
        let plain = (1..=200).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic());
        if plain { Ok(Self(text.to_owned())) } else { Err("expected a name without blanks, 200 letters at most".to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use toml::de::DeTable;

    use super::*;

    fn parse(text: &str) -> Result<Vec<Route>, Vec<String>> {
        let table = DeTable::parse(text).expect("toml").into_inner();
        let (_, value) = table.iter().find(|(key, _)| key.get_ref() == "routes").expect("routes");
        read(value.get_ref(), &|offset| format!("line {}", text[..offset].matches('\n').count() + 1))
    }

    #[test]
    fn a_route_is_closed_unless_it_is_opened() {
        let routes = parse("[[routes]]\nprefix = \"/shop/v1\"\nupstream = \"http://127.0.0.1:5001\"").expect("a route");
        assert_eq!((&routes[0].require, routes[0].audience.as_str(), routes[0].strip_prefix), (&Require::SignedIn, "shop", false));
        let text = "[[routes]]\nprefix = \"/a\"\nupstream = [\"http://a\", \"https://b/c\"]\nrequire = \"role:press\"\nrest = \"1s\"";
        let routes = parse(text).expect("a route");
        assert_eq!((routes[0].upstreams.len(), &routes[0].require), (2, &Require::Role("press".to_owned())));
    }

    #[test]
    fn every_mistake_is_named_with_route_and_field() {
        let good = "[[routes]]\nprefix = \"/shop\"\nupstream = \"http://127.0.0.1:1\"\n";
        for (text, expected) in [
            ("[[routes]]\nupstream = \"http://a\"".to_owned(), "routes 1: prefix is missing"),
            ("[[routes]]\nprefix = \"/a\"".to_owned(), "routes \"/a\": upstream is missing"),
            (good.replace("/shop", "shop"), "line 2: routes \"shop\": prefix is \"shop\": expected a path"),
            (good.replace("/shop", "/"), "prefix is \"/\": expected a path"),
            (good.replace("/shop", "/shop/"), "prefix is \"/shop/\": expected"),
            (good.replace("/shop", "/a/../b"), "expected a path"),
            (good.replace("/shop", "/a%20b"), "expected a path"),
            (good.replace("http://127.0.0.1:1", "ftp://a"), "line 3: routes \"/shop\": upstream is \"ftp://a\": expected an absolute http"),
            (good.replace("http://", "http://me:secret@"), "upstream holds a user or a password"),
            (good.replace("\"http://127.0.0.1:1\"", "[]"), "upstream must be an address, or a list"),
            (good.replace("\"http://127.0.0.1:1\"", "[1]"), "upstream must be an address, or a list"),
            (format!("{good}upstreams = 1"), "line 4: routes \"/shop\": upstreams is not known here"),
            (format!("{good}require = \"signedin\""), "require is \"signedin\": expected public"),
            (format!("{good}require = \"role:\""), "require is \"role:\": expected"),
            (format!("{good}require = [\"public\"]"), "require must be one value"),
            (format!("{good}timeout = \"0s\""), "timeout must be longer than nothing"),
            (format!("{good}timeout = 5"), "timeout is \"5\": expected a number with its unit"),
            (format!("{good}strip_prefix = \"yes\""), "strip_prefix is \"yes\": expected true or false"),
            (format!("{good}audience = \"\""), "audience is \"\": expected a name"),
            (format!("{good}{}", good.replace("shop", "Shop")), "prefix is that of another route"),
            ("routes = \"x\"".to_owned(), "routes must be written as tables"),
        ] {
            let errors = parse(&text).expect_err(&text);
            assert!(errors.iter().any(|error| error.contains(expected)), "{expected} is not in {errors:#?}");
            assert!(!errors.iter().any(|error| error.contains("secret")), "{errors:?}");
        }
    }
}
