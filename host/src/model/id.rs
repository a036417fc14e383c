//! Ids are integers given by the store.

use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// Names a user for ever; never given again after deletion.
    UserId
);
id!(
    /// Names a way in of a user.
    IdentityId
);
id!(
    /// Names an invitation for ever.
    InvitationId
);
id!(
    /// Names a mail of the outbox.
    MailId
);
id!(
    /// Names a session (one sign-in on one device).
    SessionId
);
