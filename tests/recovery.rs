//! What a person proves by mail: addresses, forgotten passwords, changes of address, and the pages behind the links.

mod address;
pub mod letter;
mod page;
mod race;
mod required;
mod reset;
mod verification;
