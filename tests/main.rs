//! The suite: one binary, so that it is linked once. A test is named after the requirement that it holds.

mod actor;
mod app;
