//! The proxy in the house: which service a request is for, who may pass, and which upstream gets it.

pub mod balance;
mod path;

use std::time::Duration;

use self::balance::{Balance, Upstream};
use super::{
    Error, Flow, Result,
    authenticate::Caller,
    gate::{Demand, Shown},
};
use crate::{
    model::{
        Secret,
        proxy::{Require, Route},
    },
    token::verify,
};

/// How often the caller of something that goes on for long is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// A service with its upstreams.
pub struct Service {
    /// As the operator names it.
    pub route: Route,
    /// Its upstreams.
    pub balance: Balance,
    segments: Vec<String>,
}

/// All services.
#[derive(Default)]
pub struct Routes(Vec<Service>);

/// What a path leads to.
pub enum Found<'a> {
    /// Nothing behind the gateway.
    Nothing,
    /// A service, by its place in the operator's list.
    Service(usize, &'a Service),
    /// A service, if one could be sure which: the reason for a 400.
    Unclear(&'static str),
}

impl Routes {
    /// Those of the configuration.
    #[must_use]
    pub fn new(routes: Vec<Route>) -> Self {
        let service = |route: Route| Service {
            balance: Balance::new(route.upstreams.clone(), route.failures, route.rest),
            segments: route.prefix.split('/').skip(1).map(ToOwned::to_owned).collect(),
            route,
        };
        Self(routes.into_iter().map(service).collect())
    }

    /// All, in the operator's order.
    pub fn all(&self) -> impl Iterator<Item = &Service> {
        self.0.iter()
    }

    /// The service with the longest prefix of a request's path, which is read as services read it. What some of them might read
    /// otherwise is unclear, so that a guard on a path cannot be walked around (security rule 25).
    #[must_use]
    pub fn find(&self, path: &str) -> Found<'_> {
        if self.0.is_empty() {
            return Found::Nothing;
        }
        let names = match path::read(path) {
            Ok(names) => names,
            Err(reason) => {
                let begins = path::loosely(path);
                let near = self.0.iter().any(|service| begins.iter().any(|name| name.eq_ignore_ascii_case(&service.segments[0])));
                return if near { Found::Unclear(reason) } else { Found::Nothing };
            }
        };
        let exact = self.longest(|index, segment| names.get(index).is_some_and(|name| name == segment));
        // As those read it that know parameters in segments, or no upper and lower case.
        let bare = |name: &str| name.split(';').next().unwrap_or_default().to_owned();
        let loose = self.longest(|index, segment| names.get(index).is_some_and(|name| bare(name).eq_ignore_ascii_case(segment)));
        match (exact, loose) {
            (Some(exact), loose) if Some(exact) == loose => Found::Service(exact, &self.0[exact]),
            (Some(_), _) => Found::Unclear("could be read as another path"),
            (None, _) => Found::Nothing,
        }
    }

    fn longest(&self, fits: impl Fn(usize, &str) -> bool) -> Option<usize> {
        let fitting = self.0.iter().enumerate().filter(|(_, service)| service.segments.iter().enumerate().all(|(index, s)| fits(index, s)));
        fitting.max_by_key(|(_, service)| service.segments.len()).map(|(index, _)| index)
    }
}

impl Service {
    /// The path that the service is asked for.
    #[must_use]
    pub fn inner_path<'a>(&self, path: &'a str) -> &'a str {
        if !self.route.strip_prefix {
            return path;
        }
        let cut = path.match_indices('/').nth(self.segments.len()).map_or(path.len(), |(at, _)| at);
        if cut == path.len() { "/" } else { &path[cut..] }
    }
}

/// What the route asks of somebody who is signed in.
fn passes(route: &Route, caller: &Caller) -> Result<()> {
    match &route.require {
        Require::Role(role) => Demand::read([role.as_str()].into_iter())?.of(caller),
        _ => Ok(()),
    }
}

impl Flow {
    /// Who passes to a service: the caller, or nobody in particular if it is public. `same_site` says whether what a browser's
    /// cookie stands for may be believed here (security rule 19).
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], [`Error::SessionEnded`], [`Error::Forbidden`], [`Error::OtherSite`], or the store's.
    pub async fn let_through(&self, route: &Route, shown: Option<&Shown>, same_site: bool) -> Result<Option<Caller>> {
        let suspect = matches!(shown, Some(Shown::Cookie(_))) && !same_site;
        if route.require == Require::Public {
            let foreign = matches!(shown, Some(Shown::Token(token)) if !self.is_own_token(token));
            return match self.identify(shown.filter(|_| !suspect && !foreign)).await {
                Ok(caller) => Ok(Some(caller)),
                Err(Error::Unauthenticated(_) | Error::SessionEnded) => Ok(None),
                Err(other) => Err(other),
            };
        }
        let caller = self.identify(shown).await?;
        if suspect {
            return Err(Error::OtherSite);
        }
        passes(route, &caller)?;
        Ok(Some(caller))
    }

    /// Waits until somebody who was let through would be no longer: signed out, disabled, without the role. For what goes on for
    /// long; a store that is out of reach ends nothing, and where everybody may come nothing ends.
    pub async fn until_shut_out(&self, route: &Route, caller: &Caller) {
        if route.require == Require::Public {
            return std::future::pending().await;
        }
        loop {
            tokio::time::sleep(LOOK_AGAIN).await;
            match self.caller_of(caller.session.id).await {
                Ok(now) if passes(route, &now).is_err() => return,
                Err(Error::SessionEnded) => return,
                _ => {}
            }
        }
    }

    /// The upstreams of a service, in the order in which a request should try them.
    #[must_use]
    pub fn upstreams<'a>(&self, service: &'a Service) -> Vec<&'a Upstream> {
        service.balance.order(self.clock.now())
    }

    /// An upstream did not answer; after some failures in a row it rests.
    pub fn upstream_failed(&self, service: &Service, upstream: &Upstream) {
        if service.balance.failed(upstream, self.clock.now()) {
            tracing::warn!(route = %service.route.prefix, upstream = %upstream.url, "an upstream rests after repeated failures");
        }
    }

    /// Whether a token bears the name of one of our keys, good or not: it is no business of services.
    #[must_use]
    pub fn is_own_token(&self, token: &str) -> bool {
        verify::is_own(&self.keys.load(), token)
    }

    /// What a service is told about a caller, signed: for it alone, and for a minute.
    ///
    /// # Errors
    /// [`Error::Internal`] if no key is active, or an account has so many roles that no header holds them.
    pub fn passport(&self, caller: &Caller, audience: &str) -> Result<Secret<String>> {
        let passport = self.issuer.passport(&self.keys.load(), &caller.user, audience, self.clock.now());
        passport.ok_or_else(|| {
            Error::Internal(format!("user {} has no word for services: too many roles, or no key is active", caller.user.id))
        })
    }
}

#[cfg(test)]
mod tests;
