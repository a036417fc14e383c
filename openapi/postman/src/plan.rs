//! The plan: which requests, in which order, and what of them no document can know.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// A collection.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    /// Variables of the collection, with what they begin with.
    pub(crate) variables: BTreeMap<String, String>,
    /// One chapter for each.
    pub(crate) documents: Vec<Chapter>,
}

/// The requests of one document.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Chapter {
    /// Its name on the command line.
    pub(crate) document: String,
    pub(crate) name: String,
    pub(crate) folders: Vec<Folder>,
}

/// Requests that belong together.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Folder {
    pub(crate) name: String,
    /// Who sends them, unless they say otherwise.
    #[serde(rename = "as")]
    pub(crate) sender: Sender,
    /// Requests that the plan does not name come before it.
    #[serde(default)]
    pub(crate) last: bool,
    /// Instead of the chapter's.
    pub(crate) document: Option<String>,
    pub(crate) requests: Vec<Planned>,
}

/// Whose token a request bears.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Sender {
    Nobody,
    User,
    Administrator,
}

/// A request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Planned {
    /// The `operationId`.
    pub(crate) operation: String,
    /// One of several bodies that the operation takes.
    pub(crate) variant: Option<String>,
    /// Instead of the operation's summary.
    pub(crate) name: Option<String>,
    #[serde(rename = "as")]
    pub(crate) sender: Option<Sender>,
    /// Instead of `{{base_url}}`.
    pub(crate) base: Option<String>,
    /// Over the body's examples. A text `{{#NAME}}` is a variable that is a number.
    #[serde(default)]
    pub(crate) body: Map<String, Value>,
    /// Instead of the body's examples.
    pub(crate) whole: Option<Value>,
    /// By name; otherwise `{{NAME}}`.
    #[serde(default)]
    pub(crate) path: BTreeMap<String, String>,
    /// Parameters that are sent; the others are listed and switched off.
    #[serde(default)]
    pub(crate) query: BTreeMap<String, String>,
    /// What is done before, in JavaScript.
    #[serde(default)]
    pub(crate) before: Vec<String>,
    /// What is kept of the answer: a variable, and an expression over `body`.
    #[serde(default)]
    pub(crate) save: BTreeMap<String, String>,
    /// A variable that somebody has to fill in.
    pub(crate) needs: Option<String>,
    /// The answer where nobody did.
    pub(crate) otherwise: Option<u16>,
}

impl Planned {
    /// An operation that the plan does not name.
    pub(crate) fn unnamed(operation: &str) -> Self {
        Self {
            operation: operation.to_owned(),
            variant: None,
            name: None,
            sender: None,
            base: None,
            body: Map::new(),
            whole: None,
            path: BTreeMap::new(),
            query: BTreeMap::new(),
            before: Vec::new(),
            save: BTreeMap::new(),
            needs: None,
            otherwise: None,
        }
    }
}
