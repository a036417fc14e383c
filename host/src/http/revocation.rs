//! `POST /auth/revoke`: giving a token back (RFC 7009).

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{ApiResponse, OpenApi};

use super::{
    input::Input,
    introspection::TokenInQuestion,
    problem::{Fault, Problem, Revoking},
    service::MaybeNamed,
};
use crate::flow::Flow;

/// RFC 7009 wants 200 here, and nothing in it.
#[derive(ApiResponse)]
enum Revoked {
    /// The token is of no use any more, or never was.
    #[oai(status = 200)]
    Revoked,
}

/// `/auth/revoke`.
pub struct RevocationApi;

#[OpenApi(tag = "super::router::Tag::Token")]
impl RevocationApi {
    /// Give a token back (RFC 7009)
    ///
    /// Ends the session of an access or refresh token, as signing out does; holding it is enough. Also 200 for what is no token, or not any more.
    #[oai(path = "/auth/revoke", method = "post", operation_id = "revoke")]
    async fn revoke(&self, flow: Data<&Arc<Flow>>, asker: MaybeNamed, input: Input<TokenInQuestion>) -> Result<Revoked, Fault<Revoking>> {
        let asker = asker.0.or_by(input.0.asker)?;
        flow.revoke(&asker, &input.0.token).await.map_err(|error| Problem::from(error).in_terms_of_oauth())?;
        Ok(Revoked::Revoked)
    }
}
