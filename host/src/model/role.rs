//! Roles: names that administrators give to users, and that guards ask for.

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// See [`is_role_name`].
    pub name: String,
    /// For people.
    pub description: String,
    /// Cannot be deleted.
    pub built_in: bool,
}

/// Whether a text can name a role: a lower-case letter, then letters, digits, `_` and `-`, 60 characters at most.
#[must_use]
pub fn is_role_name(text: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
    text.len() <= 60 && text.starts_with(|first: char| first.is_ascii_lowercase()) && text.bytes().all(rest)
}

/// What came of taking a role away from a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// The user has it no more.
    Done,
    /// The user did not have it.
    NotFound,
    /// Refused: there is no other enabled administrator.
    LastAdministrator,
}

/// What came of deleting a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleDeleted {
    /// Gone, also from those users who had it.
    Done,
    /// No such role.
    NotFound,
    /// Refused: the gateway itself needs it.
    BuiltIn,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in ["a", "admin", "shop-keeper_2", &"a".repeat(60)] {
            assert!(is_role_name(name), "{name}");
        }
        for name in ["", "Admin", "2x", "-a", "_a", "a b", "a,b", "ä", "a\0", &"a".repeat(61)] {
            assert!(!is_role_name(name), "{name}");
        }
    }
}
