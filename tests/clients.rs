//! Our tokens in the hands of others: libraries in their own languages, which know what the documentation says and nothing else.

mod documented;
mod javascript;
mod newman;
mod peer;
mod python;
