//! What was found, for people and for machines.

use std::process::ExitCode;

use serde::Serialize;

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    Warn,
    Fail,
}

#[derive(Serialize)]
struct Finding {
    name: String,
    status: Verdict,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

/// Findings, in the order in which they were made.
#[derive(Default)]
pub(super) struct Report(Vec<Finding>);

impl Report {
    /// All is well.
    pub(super) fn ok(&mut self, name: &str, text: impl Into<String>) {
        self.add(name, Verdict::Ok, text.into(), None);
    }

    /// It works, but somebody should look.
    pub(super) fn warn(&mut self, name: &str, text: impl Into<String>, mend: impl Into<String>) {
        self.add(name, Verdict::Warn, text.into(), Some(mend.into()));
    }

    /// It does not work.
    pub(super) fn fail(&mut self, name: &str, text: impl Into<String>, mend: impl Into<String>) {
        self.add(name, Verdict::Fail, text.into(), Some(mend.into()));
    }

    fn add(&mut self, name: &str, status: Verdict, text: String, mend: Option<String>) {
        let line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.0.push(Finding { name: name.to_owned(), status, text: line(text), mend: mend.map(line) });
    }

    /// To standard output.
    pub(super) fn print(&self, json: bool) -> ExitCode {
        if json {
            println!("{}", serde_json::json!(self.0));
        } else {
            self.0.iter().for_each(show);
        }
        if self.0.iter().any(|finding| finding.status == Verdict::Fail) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

fn show(finding: &Finding) {
    let word = match finding.status {
        Verdict::Ok => "ok",
        Verdict::Warn => "warn",
        Verdict::Fail => "FAIL",
    };
    println!("{word:<4}  {}: {}", finding.name, finding.text);
    if let Some(mend) = &finding.mend {
        println!("      mend: {mend}");
    }
}
