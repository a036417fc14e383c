//! stub
use super::capability::*;
use crate::clock::Clock;
use std::sync::Arc;
/// s
pub struct Fetchers;
impl Fetchers {
    /// s
    pub fn new(_: Arc<dyn Clock>) -> Self {
        Self
    }
    /// s
    pub fn of(&self, _: &str, _: &Arc<super::grant::Grants>) -> Fetcher {
        Fetcher
    }
}
/// s
pub struct Fetcher;
#[async_trait::async_trait]
impl Fetch for Fetcher {
    async fn fetch(&self, _: FetchRequest) -> Result<FetchResponse, FetchError> {
        Err(FetchError::TooLarge)
    }
}
