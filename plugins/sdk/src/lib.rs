//! Write a way to sign in for Vestibule: one trait, one macro.
//!
//! ```
//! use vestibule_plugin::{Context, Facts, Field, Input, Manifest, Provider, Refusal, Step};
//!
//! struct Hello;
//!
//! impl Provider for Hello {
//!     fn describe() -> Manifest {
//!         let fields = [Field::email("email").label("E-mail"), Field::password("password").label("Password")];
//!         Manifest::new("Hello", "1.0.0").summary("E-mail and password.").signup(fields.clone()).signin(fields)
//!     }
//!
//!     fn signup(ctx: &Context, input: &Input) -> Result<Step, Refusal> {
//!         Self::signin(ctx, input)
//!     }
//!
//!     fn signin(_ctx: &Context, input: &Input) -> Result<Step, Refusal> {
//!         let email = input.text("email")?;
//!         Ok(Facts::password(email, "password").email(email).into())
//!     }
//! }
//!
//! vestibule_plugin::export!(Hello);
//! # fn main() {}
//! ```
//!
//! Built with `cargo build --target wasm32-wasip2` the crate is a component that can be dropped into the plugins directory. A
//! component imports only those host interfaces whose functions it really calls: one that never uses [`http`] does not ask for it.
//! Off WebAssembly everything compiles, so that a provider's own logic can be tested with `cargo test`; calling a function of the
//! host there panics, since there is no host.

/// What wit-bindgen makes of `wit/v1`; the rooms below give its types their constructors.
#[doc(hidden)]
#[expect(clippy::same_length_and_capacity, reason = "generated: the canonical ABI hands lists over that way")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit/v1",
        world: "way-in",
        additional_derives: [PartialEq, Eq],
        pub_export_macro: true,
        export_macro_name: "export_component",
        default_bindings_module: "vestibule_plugin::bindings",
    });
}

mod context;
pub mod crypto;
mod form;
pub mod host;
pub mod http;
pub mod identities;
mod input;
pub mod kv;
pub mod mail;
mod manifest;
#[doc(hidden)]
pub mod provider;
mod refusal;
mod step;

pub use bindings::vestibule::provider::types::{
    Context, Entry, Facts, Field, FieldError, Form, Hop, Kind, Manifest, Prompt, Proof, Refusal, Setting, Step, Value,
};
pub use input::Input;
pub use provider::Provider;

/// Makes a [`Provider`] the way in that this component exports. Once in a crate.
#[macro_export]
macro_rules! export {
    ($provider:ty) => {
        const _: () = {
            struct Exported;

            impl $crate::provider::Guest for Exported {
                fn describe() -> $crate::Manifest {
                    <$provider as $crate::Provider>::describe()
                }

                fn signup(ctx: $crate::Context, input: Vec<$crate::Entry>) -> Result<$crate::Step, $crate::Refusal> {
                    <$provider as $crate::Provider>::signup(&ctx, &$crate::Input::new(input))
                }

                fn signin(ctx: $crate::Context, input: Vec<$crate::Entry>) -> Result<$crate::Step, $crate::Refusal> {
                    <$provider as $crate::Provider>::signin(&ctx, &$crate::Input::new(input))
                }

                fn resume(ctx: $crate::Context, state: Vec<u8>, input: Vec<$crate::Entry>) -> Result<$crate::Step, $crate::Refusal> {
                    <$provider as $crate::Provider>::resume(&ctx, &state, &$crate::Input::new(input))
                }
            }

            #[cfg(target_family = "wasm")]
            $crate::bindings::export_component! { Exported with_types_in $crate::bindings }
            // Native linkers do not take the names of a component's exports; there, only the types are checked.
            #[cfg(not(target_family = "wasm"))]
            const _: () = $crate::provider::would_export(&Exported);
        };
    };
}
