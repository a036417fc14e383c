//! The public interface: parses requests, calls a flow, writes answers. No rules live here.
//!
//! | file | paths |
//! | --- | --- |
//! | [`auth`] | `/auth/signup/`, `/auth/signin/`, `/auth/continue`, `/auth/providers` |
//! | [`session`] | `/auth/refresh`, `/auth/logout`, `/auth/logout-all`, `/auth/check`, `/.well-known/jwks.json` |
//! | [`me`] | `/me`, `/me/password`, `/me/sessions` |
//! | [`providers`] | `/providers`, for administrators |
//! | [`health`] | `/health/live`, `/health/ready` |
//! | [`metrics`] | `/metrics` |
//! | [`docs`] | `/api/docs`, `/api/openapi.json` |

pub mod allow;
pub mod auth;
pub mod body;
pub mod caller;
pub mod client;
pub mod docs;
pub mod document;
pub mod door;
pub mod frame;
pub mod health;
pub mod input;
pub mod me;
pub mod metrics;
pub mod operator;
pub mod page;
pub mod problem;
pub mod providers;
pub mod route;
pub mod router;
pub mod schema;
pub mod session;
pub mod view;
