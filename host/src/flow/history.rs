//! The history of sign-ins: users read their own, administrators all.

use super::{Error, Flow, Result, authenticate::Caller};
use crate::model::{
    UserId,
    page::{COUNTED, Page, PageRequest},
    signin::{SignIn, SignInFilter},
    user::ADMIN,
};

impl Flow {
    /// A page of the caller's own history, the newest first.
    ///
    /// # Errors
    /// [`Error::Fields`] beyond what is counted, or the store's.
    pub async fn own_signins(&self, caller: &Caller, request: &PageRequest) -> Result<Page<SignIn>> {
        within_count(request)?;
        let filter = SignInFilter { user: Some(caller.user.id), ..SignInFilter::default() };
        Ok(self.accounts.signins(&filter, request).await?)
    }

    /// A page of everybody's history, for administrators.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Fields`] beyond what is counted, or the store's.
    pub async fn signins(&self, caller: &Caller, filter: &SignInFilter, request: &PageRequest) -> Result<Page<SignIn>> {
        caller.require(ADMIN)?;
        within_count(request)?;
        Ok(self.accounts.signins(filter, request).await?)
    }

    /// A page of a user's history, for administrators.
    ///
    /// # Errors
    /// [`Error::NotFound`], and those of [`Self::signins`].
    pub async fn signins_of(&self, caller: &Caller, id: UserId, request: &PageRequest) -> Result<Page<SignIn>> {
        caller.require(ADMIN)?;
        self.accounts.user(id).await?.ok_or(Error::NotFound("user"))?;
        self.signins(caller, &SignInFilter { user: Some(id), ..SignInFilter::default() }, request).await
    }
}

/// A numbered page of a history costs what stands before it, so there is an end to it; the cursor goes on.
pub(super) fn within_count(request: &PageRequest) -> Result<()> {
    if request.offset().is_none_or(|offset| offset < COUNTED) {
        return Ok(());
    }
    let message = format!("goes beyond the {COUNTED} newest entries; go on with `next` of the page before");
    Err(Error::field("page_num", "out_of_range", &message))
}
