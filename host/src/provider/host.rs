//! What guests may call: the imported interfaces of the contract, one file each. Every function counts against a budget
//! of the call, and what the contract forbids ends the call.

mod crypto;
mod http;
mod identities;
mod kv;
mod mail;

use wasmtime::component::{HasSelf, Linker};

use super::{
    bindings::imported::{
        crypto as crypto_wit, host, http as http_wit, identities as identities_wit, kv as kv_wit, mail as mail_wit, types,
    },
    state::CallState,
    wasi,
};

/// The interfaces that need a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Granted {
    pub http: bool,
    pub mail: bool,
}

impl Granted {
    /// For `describe`, which can call nothing but must link.
    pub(super) const EVERYTHING: Self = Self { http: true, mail: true };
}

/// A linker with what every provider gets, and what is granted.
pub(super) fn linker(engine: &wasmtime::Engine, granted: Granted) -> wasmtime::Result<Linker<CallState>> {
    let mut linker = Linker::new(engine);
    wasi::link(&mut linker)?;
    types::add_to_linker::<_, HasSelf<CallState>>(&mut linker, |state| state)?;
    host::add_to_linker::<_, HasSelf<CallState>>(&mut linker, |state| state)?;
    crypto_wit::add_to_linker::<_, HasSelf<CallState>>(&mut linker, |state| state)?;
    identities_wit::add_to_linker::<_, HasSelf<CallState>>(&mut linker, |state| state)?;
    kv_wit::add_to_linker::<_, HasSelf<CallState>>(&mut linker, |state| state)?;
    if granted.http {
        http_wit::add_to_linker::<_, HasSelf<CallState>>(&mut linker, |state| state)?;
    }
    if granted.mail {
        mail_wit::add_to_linker::<_, HasSelf<CallState>>(&mut linker, |state| state)?;
    }
    Ok(linker)
}

impl types::Host for CallState {}

impl host::Host for CallState {
    fn log(&mut self, level: host::Level, message: String) -> wasmtime::Result<()> {
        let level = match level {
            host::Level::Debug => tracing::Level::DEBUG,
            host::Level::Info => tracing::Level::INFO,
            host::Level::Warn => tracing::Level::WARN,
            host::Level::Error => tracing::Level::ERROR,
        };
        Ok(self.logger.line(level, &message)?)
    }

    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(u64::try_from(self.reach.ports.clock.now().seconds()).unwrap_or(0))
    }

    fn settings(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        self.manifest("host.settings")?;
        Ok(self.reach.grants.settings.iter().map(|(name, value)| (name.clone(), value.clone())).collect())
    }
}
