//! Who is calling, in the gateway's words.

/// The gateway's number of a user. The shop gives none of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(pub i64);

/// What the gateway has signed about a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Names the user for ever.
    pub user: UserId,
    /// The address, if the account has one.
    pub email: Option<String>,
    /// The name to show, if there is one.
    pub name: Option<String>,
    /// What the user may do, as the gateway's administrators decided.
    pub roles: Vec<String>,
}
