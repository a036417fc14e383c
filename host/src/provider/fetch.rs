//! stub
/// s
pub struct Fetcher;
