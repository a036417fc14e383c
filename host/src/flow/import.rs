//! Users of another system, by the thousand. Every line is judged by itself: good ones go in, bad ones are named, and those of
//! whom the address or an identity is there already are passed over. No password is hashed here.

use std::{
    collections::{BTreeSet, HashMap},
    io,
    time::Duration,
};

use sha2::{Digest, Sha256};

use super::sealed::open_factor;
use crate::{
    clock::Clock,
    model::{
        audit::{Actor, AuditEntry},
        form::{FieldError, Raw, RawBody},
        import::{PortableUser, Progress},
        user::{ADMIN, LOGIN, NewIdentity},
    },
    password::hash,
    store::{Accounts, StoreError},
    token::seal::SecretKey,
};

/// Users of one transaction.
const BATCH: usize = 500;
/// Lines after which progress is noted also if hardly any was good.
const STRIDE: u64 = 5000;
/// Between two transactions, so that a gateway on the same database gets its turn.
const PAUSE: Duration = Duration::from_millis(5);
/// Fields of which only the gateway knows whether they are good.
const JUDGED_HERE: [&str; 3] = ["password_hash", "roles", "identities"];

/// A line of the file, or a record of several.
pub struct Entry {
    /// Where it begins, counted from 1.
    pub line: u64,
    /// Its fields, or why there are none.
    pub content: Result<RawBody, FieldError>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lines that an earlier, interrupted import of the file has done.
    pub before: u64,
    /// New users.
    pub imported: u64,
    /// Of these, administrators.
    pub administrators: u64,
    /// There already.
    pub skipped: u64,
    /// Not taken, in the whole file.
    pub bad: u64,
}

/// Who wants to know how it goes on.
pub trait Watch {
    /// A mistake in a line; there may be several in one.
    ///
    /// # Errors
    /// If it cannot be written down; the import ends.
    fn mistake(&mut self, line: u64, error: &FieldError) -> io::Result<()>;
    /// So many lines or records are done.
    fn advanced(&mut self, lines: u64);
}

/// Why an import ended early. What was done until then stays, and the next import of the file goes on there.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file, or the list of mistakes.
    #[error(transparent)]
    File(#[from] io::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An import of one file.
pub struct Import<'a> {
    /// Where to.
    pub accounts: &'a dyn Accounts,
    /// Time.
    pub clock: &'a dyn Clock,
    /// What secrets of second factors must be sealed under.
    pub secret_key: &'a SecretKey,
    /// What [`Progress::file`] says.
    pub file: String,
    /// Judges alone, and writes nothing.
    pub dry_run: bool,
}

/// What has been read and is not stored yet, and what was seen.
#[derive(Default)]
struct Reading {
    batch: Vec<PortableUser>,
    /// Addresses and identities by digest, with their line.
    seen: HashMap<[u8; 16], u64>,
    roles: BTreeSet<String>,
    lines: u64,
    noted: u64,
    tally: Tally,
}

impl Import<'_> {
    /// Imports.
    ///
    /// # Errors
    /// See [`ImportError`]; bad lines are none.
    pub async fn run(&self, entries: impl Iterator<Item = io::Result<Entry>>, watch: &mut dyn Watch) -> Result<Tally, ImportError> {
        let roles = self.accounts.roles().await?.into_iter().map(|role| role.name).collect();
        let before = if self.dry_run { 0 } else { self.accounts.lines_imported(&self.file).await? };
        let mut reading = Reading { roles, noted: before, tally: Tally { before, ..Tally::default() }, ..Reading::default() };
        self.audit(format!("begins at entry {}", before + 1)).await?;
        for entry in entries {
            self.judge(entry?, &mut reading, watch)?;
            if reading.batch.len() >= BATCH || reading.lines >= reading.noted + STRIDE {
                self.store(&mut reading, false).await?;
                watch.advanced(reading.lines);
                tokio::time::sleep(PAUSE).await;
            }
        }
        self.store(&mut reading, true).await?;
        watch.advanced(reading.lines);
        let Tally { imported, administrators, skipped, bad, .. } = reading.tally;
        self.audit(format!("{imported} imported ({administrators} of them administrators), {skipped} there already, {bad} bad")).await?;
        Ok(reading.tally)
    }

    /// Puts a good line into the batch and names a bad one. Of the lines that were done before, the good ones are only remembered, to
    /// find those that are there twice; the bad ones are named again, since nobody may have read what the interrupted import said.
    fn judge(&self, entry: Entry, reading: &mut Reading, watch: &mut dyn Watch) -> io::Result<()> {
        reading.lines += 1;
        let user = entry.content.map_err(|error| vec![error]).and_then(|line| self.read(&line, &reading.roles));
        let user = user.and_then(|user| {
            let mut errors = self.mistakes(&user, &reading.roles);
            errors.extend(repeated(&user, entry.line, &mut reading.seen));
            if errors.is_empty() { Ok(user) } else { Err(errors) }
        });
        match user {
            Ok(_) if reading.lines <= reading.tally.before => {}
            Ok(user) => reading.batch.push(user),
            Err(errors) => {
                reading.tally.bad += 1;
                for error in &errors {
                    watch.mistake(entry.line, error)?;
                }
            }
        }
        Ok(())
    }

    /// Reads a line. If it cannot be read as a whole, what the gateway alone knows is asked of each field by itself, so that all
    /// mistakes of the line are named at once.
    fn read(&self, line: &RawBody, roles: &BTreeSet<String>) -> Result<PortableUser, Vec<FieldError>> {
        let now = self.clock.now();
        PortableUser::read(line.clone(), now).map_err(|mut errors| {
            for name in JUDGED_HERE {
                let Some(value) = line.get(name) else { continue };
                // A line needs a way in; what is asked of it here is not about that.
                let alone = [(LOGIN.to_owned(), Raw::Text("anybody".to_owned())), (name.to_owned(), value.clone())];
                errors.extend(PortableUser::read(alone.into(), now).iter().flat_map(|user| self.mistakes(user, roles)));
            }
            errors
        })
    }

    /// What the fields alone do not tell.
    fn mistakes(&self, user: &PortableUser, roles: &BTreeSet<String>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Some(hash) = &user.password_hash
            && let Err(reason) = hash::examine(hash.expose())
        {
            errors.push(FieldError::new("password_hash", "unusable_hash", reason.to_string()));
        }
        for role in user.roles.iter().filter(|role| !roles.contains(*role)) {
            let shown: String = role.chars().filter(|c| !c.is_control()).take(60).collect();
            errors.push(FieldError::new(
                "roles",
                "unknown_role",
                format!("there is no role {shown:?} here; make it first, or leave it out"),
            ));
        }
        errors.extend(user.identities.iter().filter(|way| way.is_factor).filter_map(|way| self.sealed_elsewhere(way)));
        errors
    }

    /// A second factor whose secret this gateway could never open: its owner could not sign in with it.
    fn sealed_elsewhere(&self, way: &NewIdentity) -> Option<FieldError> {
        open_factor(self.secret_key, &way.provider, &way.subject, way.private.as_ref()?).err()?;
        let message = format!(
            "the secret of the second factor {} was sealed under another secret key; give this gateway the secret_key of the one that \
             exported it, or leave the factor out of the line: its owner enrols a new one",
            way.provider
        );
        Some(FieldError::new("identities", "sealed_elsewhere", message))
    }

    /// Empties the batch.
    async fn store(&self, reading: &mut Reading, is_done: bool) -> Result<(), StoreError> {
        let users = std::mem::take(&mut reading.batch);
        let made = if self.dry_run {
            self.would_make(&users).await?
        } else {
            let progress = Progress { file: self.file.clone(), lines: reading.lines.max(reading.noted), is_done };
            self.accounts.import_users(&users, &progress, self.clock.now()).await?
        };
        for (user, made) in users.iter().zip(made) {
            let tally = &mut reading.tally;
            *(if made { &mut tally.imported } else { &mut tally.skipped }) += 1;
            tally.administrators += u64::from(made && user.roles.iter().any(|role| role == ADMIN));
        }
        reading.noted = reading.noted.max(reading.lines);
        Ok(())
    }

    async fn would_make(&self, users: &[PortableUser]) -> Result<Vec<bool>, StoreError> {
        let mut made = Vec::with_capacity(users.len());
        for user in users {
            let mut is_taken = match &user.email {
                Some(email) => self.accounts.user_by_email(email).await?.is_some(),
                None => false,
            };
            for way in &user.identities {
                is_taken = is_taken || self.accounts.identity(&way.provider, &way.subject).await?.is_some();
            }
            made.push(!is_taken);
        }
        Ok(made)
    }

    async fn audit(&self, detail: String) -> Result<(), StoreError> {
        if self.dry_run {
            return Ok(());
        }
        let action = "user.import".to_owned();
        let target = format!("file:{}", self.file);
        self.accounts.record_audit(&AuditEntry { at: self.clock.now(), actor: Actor::Operator, action, target, detail }).await
    }
}

/// An address or identity of an earlier line.
fn repeated(user: &PortableUser, line: u64, seen: &mut HashMap<[u8; 16], u64>) -> Option<FieldError> {
    let digest = |parts: [&str; 3]| -> [u8; 16] {
        let whole: [u8; 32] = Sha256::digest(parts.join("\0")).into();
        *whole.first_chunk().unwrap_or(&[0; 16])
    };
    let email = user.email.iter().map(|email| ("email", digest(["email", email.as_str(), ""])));
    let ways = user.identities.iter().map(|way| ("identities", digest(["identity", &way.provider, &way.subject])));
    let keys: Vec<_> = email.chain(ways).collect();
    if let Some((field, earlier)) = keys.iter().find_map(|(field, key)| Some((*field, *seen.get(key)?))) {
        return Some(FieldError::new(field, "repeated", format!("is in line {earlier} already; leave one of the two lines out")));
    }
    seen.extend(keys.into_iter().map(|(_, key)| (key, line)));
    None
}
