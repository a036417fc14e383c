//! stub
/// s
pub struct ComponentCache;
/// s
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct CacheError;
