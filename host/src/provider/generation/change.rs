//! What one generation changed against the one before: for the log and the audit.

use std::sync::Arc;

use super::{Entry, Generation};

/// What happened to a provider type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// New and live.
    Loaded,
    /// Live in another version, or with other grants.
    Replaced,
    /// Its file is gone.
    Removed,
    /// Its file is refused; the version before it, if any, stays live.
    Refused,
    /// Disabled by its file or by a switch.
    Disabled,
    /// Live again after it had been disabled.
    Enabled,
}

impl ChangeKind {
    /// As the log and the audit write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Loaded => "loaded",
            Self::Replaced => "replaced",
            Self::Removed => "removed",
            Self::Refused => "refused",
            Self::Disabled => "disabled",
            Self::Enabled => "enabled",
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// The provider type.
    pub type_name: String,
    /// The file that it is about.
    pub file: String,
    /// SHA-256 of the component that is live after the change, or was live before it.
    pub digest: Option<String>,
    /// Why: what is wrong with the file, or who disabled it.
    pub reason: Option<String>,
}

impl Change {
    /// What `new` changed against `old`.
    #[must_use]
    pub fn between<L>(old: &Generation<L>, new: &Generation<L>) -> Vec<Self> {
        let mut changes = Vec::new();
        for (name, entry) in &new.live {
            match old.live.get(name) {
                Some(before) if Arc::ptr_eq(before, entry) => {}
                Some(_) => changes.push(Self::about(ChangeKind::Replaced, entry)),
                None if old.disabled.contains_key(name) => changes.push(Self::about(ChangeKind::Enabled, entry)),
                None => changes.push(Self::about(ChangeKind::Loaded, entry)),
            }
        }
        for (name, entry) in &old.live {
            if !new.live.contains_key(name) && !new.disabled.contains_key(name) {
                changes.push(Self::about(ChangeKind::Removed, entry));
            }
        }
        for (name, by) in new.disabled.iter().filter(|(name, by)| old.disabled.get(*name) != Some(by)) {
            let before = old.live.get(name);
            changes.push(Self {
                kind: ChangeKind::Disabled,
                type_name: name.clone(),
                file: before.map_or_else(|| format!("{name}.toml"), |entry| entry.component.clone()),
                digest: before.map(|entry| entry.digest.clone()),
                reason: Some(by.as_str().to_owned()),
            });
        }
        for refused in new.refused.iter().filter(|refused| !old.refused.contains(refused)) {
            changes.push(Self {
                kind: ChangeKind::Refused,
                type_name: refused.type_name.clone(),
                file: refused.file.clone(),
                digest: new.live.get(&refused.type_name).map(|entry| entry.digest.clone()),
                reason: Some(refused.reason.clone()),
            });
        }
        changes
    }

    fn about<L>(kind: ChangeKind, entry: &Entry<L>) -> Self {
        Self { kind, type_name: entry.type_name.clone(), file: entry.component.clone(), digest: Some(entry.digest.clone()), reason: None }
    }
}
