//! Proofs by mail: made, sent as link and code, checked, used once (security rule 8).

use std::time::Duration;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{Error, Flow, Result};
use crate::{
    model::{
        Email, Secret, Timestamp, UserId,
        form::FieldError,
        letter::Letter,
        proof::{Proof, Purpose},
    },
    random,
    token::seal,
};

/// Codes that may be tried for one proof. Its link goes on working.
const ATTEMPTS: u32 = 5;

/// What a caller brings from a mail.
pub enum Claim {
    /// The token of its link.
    Link(Secret<String>),
    /// The flow id, which whoever asked for the mail has, and the code in it.
    Code {
        /// The flow id.
        flow: String,
        /// Six digits; spaces and hyphens between them do not count.
        code: Secret<String>,
    },
}

impl Claim {
    /// From the fields of a request: a token, or flow and code.
    ///
    /// # Errors
    /// [`Error::Fields`] if it is neither, or both.
    pub fn read(token: Option<&str>, flow: Option<&str>, code: Option<&str>) -> Result<Self> {
        let missing = |field| FieldError::new(field, "required", "is required where there is no token");
        match (token, flow, code) {
            (Some(token), None, None) => Ok(Self::Link(Secret::new(token.to_owned()))),
            (None, Some(flow), Some(code)) => Ok(Self::code(flow, code)),
            (None, Some(_), None) => Err(Error::Fields(vec![missing("code")])),
            (None, None, Some(_)) => Err(Error::Fields(vec![missing("flow")])),
            (None, None, None) => Err(Error::field("token", "required", "is required; or flow and code")),
            (Some(_), ..) => Err(Error::field("token", "conflict", "must stand alone: give the token, or flow and code")),
        }
    }

    pub(super) fn code(flow: &str, code: &str) -> Self {
        let digits = code.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{a0}')).collect::<String>();
        Self::Code { flow: flow.to_owned(), code: Secret::new(digits) }
    }

    /// What a claim that proves nothing is told: never whether it is wrong, spent or too old.
    pub(super) const fn refused(&self) -> Error {
        match self {
            Self::Link(_) => Error::InvalidToken,
            Self::Code { .. } => Error::InvalidCode,
        }
    }
}

/// What a proof is to be about.
pub(super) struct ProofPlan {
    pub(super) purpose: Purpose,
    /// None makes a proof that proves nothing, for those who are not to find out that there is no account.
    pub(super) user: Option<UserId>,
    pub(super) email: Email,
    /// Whether a code goes into a mail. If not, no code is right: what nobody was sent, nobody may guess.
    pub(super) code: bool,
    /// What is to happen then, if it is secret.
    pub(super) waiting: Option<Vec<u8>>,
    pub(super) ttl: Duration,
}

/// A proof that was made: for the client and for the mail. Only digests of it are kept.
pub(super) struct Minted {
    pub(super) flow: String,
    pub(super) token: Secret<String>,
    /// Empty if there is none.
    pub(super) code: Secret<String>,
    pub(super) expires_at: Timestamp,
}

/// What the client is told of a mail that is under way, whether or not there is one.
pub struct Sent {
    /// Goes back together with the code of the mail.
    pub flow: String,
    /// Seconds that link and code live.
    pub expires_in: u64,
}

impl Minted {
    /// The variables that every letter with a proof has. `page` is the page behind the link.
    pub(super) fn variables(&self, public_url: &str, page: &str) -> Vec<(&'static str, String)> {
        vec![
            ("link", format!("{public_url}/{page}?token={}", self.token.expose())),
            ("code", self.code.expose().clone()),
            ("until", shown(self.expires_at)),
        ]
    }
}

/// To the minute, for people.
pub(super) fn shown(at: Timestamp) -> String {
    let text = at.rfc3339();
    format!("{} UTC", text.get(..16).unwrap_or(&text).replace('T', " "))
}

pub(super) fn digest(text: &str) -> String {
    format!("{:x}", Sha256::digest(text))
}

/// Flow id and code together, so that who reads the store cannot try all codes.
fn code_digest(flow: &str, code: &str) -> String {
    digest(&format!("{flow}:{code}"))
}

impl Flow {
    /// Makes a proof and keeps its digests.
    pub(super) async fn mint(&self, plan: ProofPlan) -> Result<Minted> {
        let now = self.clock.now();
        let (flow, token) = (random::token(&*self.random), random::token(&*self.random));
        let code = if plan.code { random::code(&*self.random) } else { String::new() };
        let right = if plan.code { code.clone() } else { random::token(&*self.random) };
        let expires_at = now.plus(plan.ttl);
        let id_hash = digest(&flow);
        let key = self.secret_key.derive("proofs");
        let proof = Proof {
            token_hash: digest(&token),
            code_hash: code_digest(&flow, &right),
            purpose: plan.purpose,
            user: plan.user,
            email: plan.email,
            sealed: plan.waiting.map(|waiting| seal::seal(&key, id_hash.as_bytes(), &waiting, &*self.random)),
            attempts: 0,
            confirmed_at: None,
            created_at: now,
            expires_at,
            id_hash,
        };
        self.ephemeral.put_proof(&proof).await?;
        Ok(Minted { flow, token: Secret::new(token), code: Secret::new(code), expires_at })
    }

    /// The proof that a claim names, as far as it can be told without checking or changing anything.
    pub(super) async fn look_up(&self, claim: &Claim) -> Result<Option<Proof>> {
        let now = self.clock.now();
        Ok(match claim {
            Claim::Link(token) => self.ephemeral.proof_by_token(&digest(token.expose()), now).await?,
            Claim::Code { flow, .. } => self.ephemeral.proof(&digest(flow), now).await?,
        })
    }

    /// Checks a claim; the proof is not used up yet. Every code that is tried counts.
    pub(super) async fn check_claim(&self, claim: &Claim, purposes: &[Purpose]) -> Result<Proof> {
        let now = self.clock.now();
        let proof = match claim {
            Claim::Link(token) => self.ephemeral.proof_by_token(&digest(token.expose()), now).await?,
            Claim::Code { flow, code } => {
                let tried = self.ephemeral.try_proof(&digest(flow), ATTEMPTS, now).await?;
                tried.filter(|proof| same(&proof.code_hash, &code_digest(flow, code.expose())))
            }
        };
        proof.filter(|proof| purposes.contains(&proof.purpose)).ok_or_else(|| claim.refused())
    }

    /// Uses a checked proof up: of concurrent callers, one goes on.
    pub(super) async fn spend(&self, proof: &Proof, claim: &Claim) -> Result<()> {
        let taken = self.ephemeral.take_proof(&proof.id_hash, self.clock.now()).await?;
        taken.map(drop).ok_or_else(|| claim.refused())
    }

    /// What a proof keeps sealed.
    pub(super) fn unseal(&self, proof: &Proof) -> Result<Secret<Vec<u8>>> {
        let key = self.secret_key.derive("proofs");
        let sealed = proof.sealed.as_deref().unwrap_or_default();
        seal::open(&key, proof.id_hash.as_bytes(), sealed).map_err(|error| Error::Internal(format!("a proof: {error}")))
    }

    /// Ends every proof about a user: what was asked for before a change must not undo it.
    pub(super) async fn drop_proofs(&self, user: UserId) -> Result<()> {
        self.ephemeral.drop_proofs_of(user, &Purpose::ALL).await?;
        Ok(())
    }

    /// Sends a letter that tells of what has happened already: if it cannot be sent, that is logged.
    pub(super) async fn tell(&self, letter: Letter) {
        let template = letter.template;
        if let Err(reason) = self.post(letter).await {
            tracing::error!(%reason, template, "a letter was not sent");
        }
    }

    pub(super) fn sent(&self, minted: &Minted) -> Sent {
        let left = minted.expires_at.since(self.clock.now());
        Sent { flow: minted.flow.clone(), expires_in: (left + Duration::from_millis(999)).as_secs() }
    }
}

/// In constant time.
fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_or_flow_and_code() {
        assert!(matches!(Claim::read(Some("t"), None, None), Ok(Claim::Link(_))));
        let Ok(Claim::Code { flow, code }) = Claim::read(None, Some("f"), Some(" 123-456 ")) else { panic!("refused") };
        assert_eq!((flow.as_str(), code.expose().as_str()), ("f", "123456"));
        for (token, flow, code, field) in [
            (None, None, None, "token"),
            (None, Some("f"), None, "code"),
            (None, None, Some("c"), "flow"),
            (Some("t"), Some("f"), None, "token"),
            (Some("t"), None, Some("c"), "token"),
        ] {
            let Err(Error::Fields(errors)) = Claim::read(token, flow, code) else { panic!("taken") };
            assert_eq!(errors[0].field, field);
        }
    }

    #[test]
    fn a_code_belongs_to_its_flow() {
        assert!(same(&code_digest("a", "123456"), &code_digest("a", "123456")));
        assert!(!same(&code_digest("a", "123456"), &code_digest("b", "123456")));
        assert!(!same(&code_digest("a", "123456"), &code_digest("a", "123457")));
    }

    #[test]
    fn times_for_people() {
        assert_eq!(shown(Timestamp::from_seconds(1_700_000_000)), "2023-11-14 22:13 UTC");
    }
}
