//! Invitations: for administrators, and the door that they open.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{
    ApiResponse, Enum, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::{
    body::{AcceptInvitation, NewInvitation},
    caller::Signed,
    client,
    input::{Input, OpenInput},
    page::{self, PageView},
    problem::{AdminNew, AdminPath, AdminQuery, Fault, Open},
    session::Done,
    view::SignedInView,
};
use crate::{
    flow::{Error, Flow},
    model::{
        Email, InvitationId, Timestamp,
        invitation::{Invitation, InvitationFilter, InvitationState},
    },
};

/// How an invitation stands.
#[derive(Clone, Copy, Enum)]
#[oai(rename = "InvitationState", rename_all = "lowercase")]
enum StateView {
    /// Works.
    Pending,
    /// Has made a user.
    Used,
    /// Too old.
    Expired,
    /// Taken back.
    Revoked,
}

impl From<InvitationState> for StateView {
    fn from(state: InvitationState) -> Self {
        match state {
            InvitationState::Pending => Self::Pending,
            InvitationState::Used => Self::Used,
            InvitationState::Expired => Self::Expired,
            InvitationState::Revoked => Self::Revoked,
        }
    }
}

impl From<StateView> for InvitationState {
    fn from(state: StateView) -> Self {
        match state {
            StateView::Pending => Self::Pending,
            StateView::Used => Self::Used,
            StateView::Expired => Self::Expired,
            StateView::Revoked => Self::Revoked,
        }
    }
}

/// An invitation. Its token is in the mail alone.
#[derive(Object)]
#[oai(rename = "Invitation")]
struct InvitationView {
    /// Its id, for ever.
    id: i64,
    /// Who is invited.
    email: String,
    /// Roles that the new user gets; sorted names.
    roles: Vec<String>,
    /// What administrators noted.
    note: Option<String>,
    /// Language of the letters (BCP 47).
    locale: String,
    /// How it stands.
    state: StateView,
    /// The administrator's id; null if that account is gone.
    created_by: Option<i64>,
    /// RFC 3339, UTC.
    created_at: String,
    /// It works until then.
    expires_at: String,
    /// When it was used.
    used_at: Option<String>,
    /// The user whom it made.
    used_by: Option<i64>,
    /// When it was taken back.
    revoked_at: Option<String>,
}

impl InvitationView {
    fn new(flow: &Flow, invitation: Invitation) -> Self {
        Self {
            state: flow.standing(&invitation).into(),
            id: invitation.id.0,
            email: invitation.email.to_string(),
            roles: invitation.roles,
            note: invitation.note,
            locale: invitation.locale,
            created_by: invitation.created_by.map(|user| user.0),
            created_at: invitation.created_at.rfc3339(),
            expires_at: invitation.expires_at.rfc3339(),
            used_at: invitation.used.map(|(at, _)| at.rfc3339()),
            used_by: invitation.used.map(|(_, user)| user.0),
            revoked_at: invitation.revoked_at.map(Timestamp::rfc3339),
        }
    }
}

/// Somebody is invited.
#[derive(ApiResponse)]
enum Invited {
    /// The new invitation; its letter is on the way.
    #[oai(status = 201)]
    Invitation(Json<InvitationView>),
}

/// `/invites`.
pub struct InvitationsApi;

#[OpenApi]
impl InvitationsApi {
    /// Invitations
    ///
    /// All, or those to an address, the newest first. Of one state alone: pending and expired ones by their end, used and revoked ones by when they
    /// were, the latest first.
    #[oai(path = "/invites", method = "get", operation_id = "invitations", tag = "super::router::Tag::Users")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the request")]
    async fn list(
        &self,
        flow: Data<&Arc<Flow>>,
        caller: Signed,
        /// The page's number, from 1 on; not beside `next`.
        page_num: Query<Option<i64>>,
        /// Items on a page, 1 to 200; 50 unless given.
        page_size: Query<Option<i64>>,
        /// Goes on after a page: its `next`.
        next: Query<Option<String>>,
        /// Those that stand so.
        state: Query<Option<StateView>>,
        /// Those to this address.
        email: Query<Option<String>>,
    ) -> Result<Json<PageView<InvitationView>>, Fault<AdminQuery>> {
        let request = page::request(page_num.0, page_size.0, next.0.as_deref())?;
        let email = email.0.as_deref().map(Email::parse).transpose();
        let email = email.map_err(|error| Error::field("email", "invalid_email", &error.to_string()))?;
        let filter = InvitationFilter { state: state.0.map(Into::into), email };
        let found = flow.invitations(&caller.0, &filter, &request).await?;
        Ok(Json(PageView::new(&request, found, |invitation| InvitationView::new(&flow, invitation))))
    }

    /// Invite somebody
    ///
    /// Sends a mail with a link, which works once: following it makes the account and signs the person in. One address may have several invitations.
    #[oai(path = "/invites", method = "post", operation_id = "invite", tag = "super::router::Tag::Users")]
    async fn create(
        &self,
        flow: Data<&Arc<Flow>>,
        client: client::From,
        caller: Signed,
        input: OpenInput<NewInvitation>,
    ) -> Result<Invited, Fault<AdminNew>> {
        let made = flow.invite(&caller.0, input.fields, &client.0).await?;
        Ok(Invited::Invitation(Json(InvitationView::new(&flow, made))))
    }

    /// Take an invitation back
    ///
    /// It stays listed. One that was used stays so: `invitation_used`.
    #[oai(path = "/invites/:id", method = "delete", operation_id = "revoke_invitation", tag = "super::router::Tag::Users")]
    async fn revoke(&self, flow: Data<&Arc<Flow>>, caller: Signed, id: Path<i64>) -> Result<Done, Fault<AdminPath>> {
        flow.revoke_invitation(&caller.0, InvitationId(id.0)).await?;
        Ok(Done::Done)
    }

    /// Accept an invitation
    ///
    /// Makes the account and signs in. A mail with login and password follows. Where the address has an account already (`email_taken`), the invitation
    /// stays as it is.
    #[oai(path = "/invites/accept", method = "post", operation_id = "accept_invitation", tag = "super::router::Tag::SignIn")]
    async fn accept(
        &self,
        flow: Data<&Arc<Flow>>,
        client: client::From,
        input: Input<AcceptInvitation>,
    ) -> Result<Json<SignedInView>, Fault<Open>> {
        Ok(Json(flow.accept_invitation(&input.0.token, &client.0).await?.into()))
    }
}
