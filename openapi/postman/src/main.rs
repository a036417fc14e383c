//! `postman PLAN NAME=DOCUMENT...` prints a Postman collection (v2.1): the requests of a plan, in its order, with everything
//! else from the OpenAPI documents of those names. What a document has and the plan has not is added by itself.

mod collection;
mod document;
mod plan;
mod request;
mod script;

use std::{collections::BTreeMap, env, fs, process::ExitCode};

use document::Document;
use plan::Plan;
use serde::de::DeserializeOwned;

fn main() -> ExitCode {
    match collection() {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("postman: {error}");
            ExitCode::FAILURE
        }
    }
}

fn collection() -> Result<String, String> {
    const USAGE: &str = "usage: postman PLAN NAME=DOCUMENT...";
    let mut arguments = env::args().skip(1);
    let plan: Plan = read(&arguments.next().ok_or(USAGE)?)?;
    let documents: Result<BTreeMap<String, Document>, String> = arguments
        .map(|argument| {
            let (name, path) = argument.split_once('=').ok_or(USAGE)?;
            Ok((name.to_owned(), Document::new(read(path)?)))
        })
        .collect();
    let collection = collection::of(&plan, &documents?)?;
    serde_json::to_string_pretty(&collection).map_err(|error| error.to_string())
}

fn read<T: DeserializeOwned>(path: &str) -> Result<T, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))
}
