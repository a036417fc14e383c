//! The public interface: parses requests, calls a flow, writes answers. No rules live here.
//!
//! | file | paths |
//! | --- | --- |
//! | [`auth`] | `/auth/signup/`, `/auth/signin/`, `/auth/continue`, `/auth/providers` |
//! | [`introspection`], [`revocation`], [`userinfo`] | `/auth/introspect`, `/auth/revoke`, `/userinfo` |
//! | [`discovery`] | `/.well-known/openid-configuration`, `/.well-known/oauth-authorization-server` |
//! | [`session`] | `/auth/refresh`, `/auth/logout`, `/auth/logout-all`, `/.well-known/jwks.json` |
//! | [`check`] | `/auth/check`, for proxies |
//! | [`verification`] | `/auth/verify-email`, `/auth/verify-email/send` |
//! | [`recovery`] | `/auth/recover`, `/auth/reset` |
//! | [`address`] | `/me/email` |
//! | [`html`] | the pages `/verify-email` and `/reset` |
//! | [`me`] | `/me`, `/me/password`, `/me/sessions` |
//! | [`identity`] | `/me/identities`, `/me/recovery-codes`, `/users/{id}/identities` |
//! | [`history`] | `/me/signins`, `/signins` |
//! | [`user`], [`role`], [`audit`] | `/users`, `/roles`, `/audit`, for administrators |
//! | [`register`] | `/user`, `POST /` |
//! | [`outbox`] | `/outbox`, for administrators |
//! | [`providers`] | `/providers`, for administrators |
//! | [`health`] | `/health/live`, `/health/ready` |
//! | [`metrics`] | `/metrics` |
//! | [`proxy`] | whatever `[[routes]]` name, for services behind the gateway |
//! | [`docs`] | `/api/docs`, `/api/openapi.json` |

pub mod address;
pub mod allow;
pub mod audit;
pub mod auth;
pub mod body;
pub mod caller;
pub mod check;
pub mod client;
pub mod discovery;
pub mod docs;
pub mod document;
pub mod door;
pub mod frame;
pub mod health;
pub mod history;
pub mod html;
pub mod identity;
pub mod input;
pub mod introspection;
pub mod invitation;
pub mod me;
pub mod metrics;
pub mod operator;
mod origin;
pub mod outbox;
pub mod page;
pub mod problem;
pub mod providers;
pub mod proxy;
pub mod recovery;
pub mod register;
pub mod revocation;
pub mod role;
pub mod route;
pub mod router;
pub mod schema;
pub mod service;
pub mod session;
pub mod user;
pub mod userinfo;
pub mod verification;
pub mod view;
