//! Pages, as a person without scripts sees them.

mod account;
pub mod browser;
mod markup;
