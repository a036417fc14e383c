//! Accounts by login and password alone. A login is an e-mail address, or a name: with an `@` the provider `simple` takes it,
//! else `login`; so whoever switches these off switches this off.

use super::{
    Client, Error, Flow, Result,
    authenticate::Caller,
    challenge::{Answer, Challenge},
    policy::INVITE,
    verified::Attempt,
};
use crate::{
    model::{
        Secret, UserId,
        audit::Actor,
        form::{Entries, FieldError, Raw, RawBody},
        provider::Step,
        step::Purpose,
        user::{ADMIN, Amendment, LOGIN, SIMPLE, User},
    },
    provider::sandbox::Operation,
};

/// The field in which `simple` takes what is a login here.
const EMAIL: &str = "email";

/// What came of a registration.
pub enum Registered {
    /// A new account.
    User(Box<User>),
    /// The address has to be proven first.
    Challenge(Box<Challenge>),
}

impl Flow {
    /// Makes an account, without signing it in. `invite`: the token of an invitation.
    ///
    /// # Errors
    /// [`Error::Fields`] in the words `login` and `password`, [`Error::LoginTaken`], [`Error::NotOffered`], or what is out of reach.
    pub async fn register(&self, login: &str, password: &Secret<String>, invite: Option<&str>, client: &Client) -> Result<Registered> {
        self.admit(client).await?;
        let made = async {
            let provider = self.live(provider_of(login))?;
            let mut body = body(login, password);
            body.extend(invite.map(|token| (INVITE.to_owned(), Raw::Text(token.to_owned()))));
            let (entries, invitation) = self.read_invited(&self.form_of_signup(&provider)?, body).await?;
            self.admit_signup(client).await?;
            let attempt = Attempt { provider: &provider, purpose: Purpose::Signup, client, invitation: invitation.as_deref() };
            self.made_by(attempt, entries).await
        };
        made.await.map_err(|error| in_these_words(error, login, "sign-ups"))
    }

    async fn made_by(&self, attempt: Attempt<'_>, entries: Entries) -> Result<Registered> {
        let provider = attempt.provider.type_name.clone();
        let (Step::Verified(facts), _) = self.ask(attempt, Operation::Signup(entries.clone())).await? else {
            // Another component under the name of ours, which asks for more than there is room for here.
            return Err(Error::NotOffered { provider, what: "sign-ups in one step" });
        };
        let facts = self.apply_policy(attempt, facts).await?;
        Ok(match self.demand_proof_of_signup(attempt, &facts, &entries).await? {
            Some(Answer::Challenge(challenge)) => Registered::Challenge(challenge),
            Some(Answer::SignedIn(signed_in)) => Registered::User(Box::new(signed_in.user)),
            None => Registered::User(Box::new(self.make_account(attempt, facts, &entries).await?)),
        })
    }

    /// Signs in by login and password.
    ///
    /// # Errors
    /// Those of [`Self::signin`], in the words `login` and `password`.
    pub async fn signin_by_login(&self, login: &str, password: &Secret<String>, client: &Client) -> Result<Answer> {
        let answer = self.signin(provider_of(login), body(login, password), client).await;
        answer.map_err(|error| in_these_words(error, login, "sign-ins"))
    }

    /// A user: oneself, and for administrators everybody.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], or the store's.
    pub async fn find_user(&self, caller: &Caller, id: UserId) -> Result<User> {
        allow(caller, id)?;
        self.accounts.user(id).await?.ok_or(Error::NotFound("user"))
    }

    /// Deletes a user: oneself, and for administrators everybody.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::LastAdministrator`], or the store's.
    pub async fn remove_user(&self, caller: &Caller, id: UserId) -> Result<()> {
        allow(caller, id)?;
        self.remove_account(caller, id).await
    }

    /// Sets a password: one's own soon after a sign-in, and for administrators everybody's. Other sessions end.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::ReauthenticationRequired`], [`Error::NotFound`], [`Error::Fields`], or what is out of reach.
    pub async fn set_password(&self, caller: &Caller, id: UserId, password: &Secret<String>, client: &Client) -> Result<User> {
        let user = self.find_user(caller, id).await?;
        if id == caller.user.id {
            caller.require_fresh(self.clock.now(), self.terms.reauthentication_window)?;
        }
        self.admit(client).await?;
        if let Some(weakness) = self.weakness("password", password, user.email.as_ref()).await? {
            return Err(Error::Fields(vec![weakness]));
        }
        self.expect_password_way(&user, user.email.as_ref()).await?;
        let change = Amendment { password_hash: Some(self.hash_password(password).await?), ..Amendment::default() };
        let user = self.apply(id, &change).await?;
        self.end_after(caller, id, &change).await?;
        self.audit(Actor::User(caller.user.id), "user.change", format!("user:{id}"), "password").await;
        self.tell_of_password(&user, client).await;
        Ok(user)
    }
}

fn allow(caller: &Caller, id: UserId) -> Result<()> {
    if id == caller.user.id { Ok(()) } else { caller.require(ADMIN) }
}

fn provider_of(login: &str) -> &'static str {
    if login.contains('@') { SIMPLE } else { LOGIN }
}

fn body(login: &str, password: &Secret<String>) -> RawBody {
    let name = if login.contains('@') { EMAIL } else { "login" };
    [(name, login), ("password", password.expose())].map(|(name, value)| (name.to_owned(), Raw::Text(value.to_owned()))).into()
}

fn not_offered(login: &str, what: &'static str) -> Error {
    Error::NotOffered { provider: provider_of(login).to_owned(), what }
}

/// The caller knows a login and no provider.
fn in_these_words(error: Error, login: &str, what: &'static str) -> Error {
    let word = |error: FieldError| if error.field == EMAIL { FieldError { field: "login".to_owned(), ..error } } else { error };
    match error {
        Error::Fields(errors) => Error::Fields(errors.into_iter().map(word).collect()),
        Error::EmailTaken | Error::IdentityTaken => Error::LoginTaken,
        Error::UnknownType { .. } | Error::ProviderDisabled(_) => not_offered(login, what),
        other => other,
    }
}
