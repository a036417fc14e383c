//! Pages, as a person without scripts sees them.

pub mod browser;
mod markup;
