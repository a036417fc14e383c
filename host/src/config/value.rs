//! How the text of a setting becomes its value.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use ipnet::IpNet;
use url::Url;

use crate::model::{Secret, key::Algorithm, proof::Verification, signup::SignupPolicy};

/// A type that a setting can have.
pub trait Value: Sized {
    /// For the manual.
    const KIND: &'static str;
    /// From text.
    ///
    /// # Errors
    /// What was expected, to be read after `KEY is "...":`.
    fn parse(text: &str) -> Result<Self, String>;
}

impl Value for String {
    const KIND: &'static str = "text";
    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

impl Value for PathBuf {
    const KIND: &'static str = "path";
    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Err("expected a path".to_owned()) } else { Ok(Self::from(text)) }
    }
}

impl Value for SocketAddr {
    const KIND: &'static str = "address:port";
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "expected ADDRESS:PORT, such as 127.0.0.1:5000 or [::]:5000".to_owned())
    }
}

impl Value for bool {
    const KIND: &'static str = "true or false";
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "expected true or false".to_owned())
    }
}

impl Value for u32 {
    const KIND: &'static str = "integer";
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| format!("expected an integer from 0 to {}", Self::MAX))
    }
}

impl Value for Duration {
    const KIND: &'static str = "duration";
    fn parse(text: &str) -> Result<Self, String> {
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let scale = match unit.trim() {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => 0,
        };
        let number = number.parse::<u64>().ok().filter(|_| scale > 0);
        let millis = number.and_then(|number| number.checked_mul(scale));
        // A bound keeps every later sum of times in range.
        millis
            .filter(|millis| *millis <= 3650 * 86_400_000)
            .map(Self::from_millis)
            .ok_or_else(|| "expected a number with its unit (ms, s, m, h or d), at most ten years, such as 10s or 15m".to_owned())
    }
}

impl Value for Algorithm {
    const KIND: &'static str = "EdDSA, ES256 or RS256";
    fn parse(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| "expected EdDSA, ES256 or RS256".to_owned())
    }
}

impl Value for Verification {
    const KIND: &'static str = "off, optional or required";
    fn parse(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| "expected off, optional or required".to_owned())
    }
}

impl Value for SignupPolicy {
    const KIND: &'static str = "open, invite or closed";
    fn parse(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| "expected open, invite or closed".to_owned())
    }
}

impl Value for Url {
    const KIND: &'static str = "URL";
    fn parse(text: &str) -> Result<Self, String> {
        match Self::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none() && url.fragment().is_none() => {
                Ok(url)
            }
            _ => Err("expected an absolute http or https URL without query, such as https://auth.example.org".to_owned()),
        }
    }
}

impl Value for Option<Url> {
    const KIND: &'static str = "URL";
    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Ok(None) } else { <Url as Value>::parse(text).map(Some) }
    }
}

/// A part of a whole, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio(pub f64);

impl Value for Ratio {
    const KIND: &'static str = "number from 0 to 1";
    fn parse(text: &str) -> Result<Self, String> {
        let number = text.parse::<f64>().ok().filter(|number| (0.0..=1.0).contains(number));
        number.map(Self).ok_or_else(|| "expected a number from 0 to 1, such as 0.1".to_owned())
    }
}

impl Value for Vec<IpNet> {
    const KIND: &'static str = "list of networks";
    fn parse(text: &str) -> Result<Self, String> {
        let networks = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let parse = |part: &str| part.parse::<IpNet>().ok().or_else(|| part.parse::<IpAddr>().ok().map(IpNet::from));
        networks.map(|part| parse(part).ok_or_else(|| format!("{part:?} is no network; expected such as 10.0.0.0/8, 192.0.2.7"))).collect()
    }
}

impl Value for Vec<Url> {
    const KIND: &'static str = "list of origins";
    fn parse(text: &str) -> Result<Self, String> {
        let origin = |part: &str| {
            let url = part.parse::<Url>().ok().filter(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
            let url = url.filter(|url| url.origin().ascii_serialization() == part.trim_end_matches('/').to_ascii_lowercase());
            url.ok_or_else(|| format!("{part:?} is no origin; expected such as https://shop.example.org, without a path"))
        };
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(origin).collect()
    }
}

impl Value for Vec<String> {
    const KIND: &'static str = "list of texts";
    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(ToOwned::to_owned).collect())
    }
}

impl Value for Secret<String> {
    const KIND: &'static str = "secret";
    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self::new(text.to_owned()))
    }
}

impl Value for Option<Secret<String>> {
    const KIND: &'static str = "secret";
    fn parse(text: &str) -> Result<Self, String> {
        Ok((!text.is_empty()).then(|| Secret::new(text.to_owned())))
    }
}

impl Value for Option<PathBuf> {
    const KIND: &'static str = "path";
    fn parse(text: &str) -> Result<Self, String> {
        Ok((!text.is_empty()).then(|| PathBuf::from(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let duration = <Duration as Value>::parse;
        assert_eq!(duration("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
        assert_eq!(duration("30d"), Ok(Duration::from_hours(720)));
        for bad in ["", "10", "s", "-1s", "1w", "99999999999999999999s", "1.5s"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ratios() {
        for (text, number) in [("0", 0.0), ("0.25", 0.25), ("1.0", 1.0)] {
            assert_eq!(Ratio::parse(text), Ok(Ratio(number)));
        }
        for bad in ["", "-0.1", "1.1", "NaN", "inf", "half"] {
            assert!(Ratio::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn networks() {
        assert_eq!(<Vec<IpNet> as Value>::parse("10.0.0.0/8, ::1").map(|list| list.len()), Ok(2));
        assert!(<Vec<IpNet> as Value>::parse("10.0.0.0/99").is_err());
    }
}
