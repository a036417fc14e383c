//! Pages, as a person without scripts sees them.

mod admin;
pub mod browser;
mod invitation;
mod markup;
