//! The life of a way in, in four verbs. Each call runs in a fresh instance: nothing stays in memory between two of them.

pub use crate::bindings::exports::vestibule::provider::provider::Guest;
use crate::{Context, Input, Manifest, Refusal, Step};

/// Stands where the export would be, off WebAssembly.
pub const fn would_export<G: Guest>(_: &G) {}

/// A way to sign in. It states facts about the caller; the gateway decides, stores and signs.
pub trait Provider {
    /// The identity card: who this is, what it asks callers and the operator for.
    ///
    /// Called once when the file is loaded, with nothing granted: calling the host here makes the gateway refuse the file.
    fn describe() -> Manifest;

    /// Somebody wants a new account. Called for each sign-up, after the gateway has checked the input against the form of
    /// [`Manifest::signup`](crate::Manifest).
    ///
    /// # Errors
    /// Whatever is wrong with the caller's proof; see [`Refusal`].
    fn signup(_ctx: &Context, _input: &Input) -> Result<Step, Refusal> {
        Err(Refusal::other("not_supported", "nobody can sign up this way"))
    }

    /// Somebody wants into an account that is there. Called for each sign-in, after the input has passed the form.
    ///
    /// # Errors
    /// Whatever is wrong with the caller's proof; see [`Refusal`].
    fn signin(_ctx: &Context, _input: &Input) -> Result<Step, Refusal> {
        Err(Refusal::other("not_supported", "nobody can sign in this way"))
    }

    /// The caller's answer to a [`Prompt`](crate::Prompt) or [`Hop`](crate::Hop) of this provider, with the `state` given there.
    /// Called for each answer; after [`Refusal::Invalid`] the caller may try again, five times at most.
    ///
    /// # Errors
    /// Whatever is wrong with the answer; see [`Refusal`].
    fn resume(_ctx: &Context, _state: &[u8], _input: &Input) -> Result<Step, Refusal> {
        Err(Refusal::other("not_supported", "this way in has one step only"))
    }
}
