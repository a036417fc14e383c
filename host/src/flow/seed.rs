//! Example data for trying things out.

use std::collections::BTreeMap;

use super::{Error, Flow, Result};
use crate::model::{
    Email, Secret,
    audit::Actor,
    role::Role,
    user::{ADMIN, Amendment, Created, NewIdentity, NewUser, SIMPLE, UserChange},
};

/// Roles by name, and what they are for.
const ROLES: [(&str, &str); 2] = [("editor", "Writes what others read"), ("support", "Helps customers")];

/// By name before the @ of example.org, name, and roles.
const USERS: [(&str, &str, &[&str]); 8] = [
    ("root", "Rosa Root", &[ADMIN]),
    ("ann", "Ann Example", &[]),
    ("boris", "Борис Примеров", &["editor"]),
    ("chen", "Chen Wei", &["support"]),
    ("dilnoza", "Dilnoza Karimova", &["editor", "support"]),
    ("emre", "Emre Yılmaz", &[]),
    ("fatou", "Fatou Diop", &[]),
    ("jose", "José Núñez", &[]),
];

/// What [`Flow::seed`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeded {
    /// New accounts.
    pub made: usize,
    /// Accounts that were there.
    pub there: usize,
    /// The address of the one who may do everything.
    pub administrator: String,
}

impl Flow {
    /// Makes example users, all with this password, and example roles. What is there already stays as it is.
    ///
    /// # Errors
    /// [`Error::Fields`] if the password is refused, or the store's.
    pub async fn seed(&self, password: &Secret<String>) -> Result<Seeded> {
        if let Some(weakness) = self.weakness("password", password, None).await? {
            return Err(Error::Fields(vec![weakness]));
        }
        for (name, description) in ROLES {
            let role = Role { name: name.to_owned(), description: description.to_owned(), built_in: false };
            self.accounts.create_role(&role).await?;
        }
        let mut seeded = Seeded { made: 0, there: 0, administrator: address(USERS[0].0) };
        for (name, display_name, roles) in USERS {
            if self.seed_user(name, display_name, roles, password).await? {
                seeded.made += 1;
            } else {
                seeded.there += 1;
            }
        }
        self.audit(Actor::Operator, "user.seed", "users", format!("{} made, {} there", seeded.made, seeded.there)).await;
        Ok(seeded)
    }

    /// Whether there was no such user before.
    async fn seed_user(&self, name: &str, display_name: &str, roles: &[&str], password: &Secret<String>) -> Result<bool> {
        let Ok(email) = Email::parse(&address(name)) else { return Ok(false) };
        if self.accounts.user_by_email(&email).await?.is_some() {
            return Ok(false);
        }
        let new = NewUser {
            identity: NewIdentity { provider: SIMPLE.to_owned(), subject: email.as_str().to_owned(), private: None, is_factor: false },
            email: Some(email),
            email_verified: true,
            profile: BTreeMap::new(),
            password_hash: Some(self.hash_password(password).await?),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            created_at: self.clock.now(),
        };
        let Created::User(user) = self.accounts.create_user(&new).await? else { return Ok(false) };
        let own = UserChange { display_name: Some(Some(display_name.to_owned())), ..UserChange::default() };
        self.apply(user.id, &Amendment { own, ..Amendment::default() }).await?;
        Ok(true)
    }
}

fn address(name: &str) -> String {
    format!("{name}@example.org")
}
