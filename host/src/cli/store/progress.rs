//! What a copy says while it runs: a bar on a terminal, lines elsewhere.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    flow::copy::{Doing, Watch},
    store::records::{Kind, Tally},
};

/// Records between two messages where there is no bar.
const STEP: u64 = 50_000;

/// Watches a copy.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    doing: Doing,
    done: u64,
    total: u64,
}

impl Progress {
    pub(super) fn new() -> Self {
        let style = ProgressStyle::with_template("{msg:9} {bar:40} {pos} of {len} records, {elapsed}, {eta} left");
        let bar = io::stderr().is_terminal().then(|| ProgressBar::new(0));
        if let (Some(bar), Ok(style)) = (&bar, style) {
            bar.set_style(style);
        }
        Self { bar, doing: Doing::Copying, done: 0, total: 0 }
    }

    /// The bar goes.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }
}

impl Watch for Progress {
    fn begins(&mut self, doing: Doing, records: u64) {
        (self.doing, self.done, self.total) = (doing, 0, records);
        let word = match doing {
            Doing::Copying => "copying",
            Doing::Comparing => "comparing",
        };
        if let Some(bar) = &self.bar {
            bar.reset();
            bar.set_length(records);
            bar.set_message(word);
        } else {
            eprintln!("{word} {records} records");
        }
    }

    fn advanced(&mut self, _: &'static Kind, records: u64) {
        let before = self.done;
        self.done += records;
        if let Some(bar) = &self.bar {
            bar.set_position(self.done);
        } else if self.done / STEP > before / STEP && self.doing == Doing::Copying {
            eprintln!("{} of {} records", self.done, self.total);
        }
    }

    fn ended(&mut self, kind: &'static Kind, tally: Tally) {
        if self.doing == Doing::Comparing && tally.count > 0 {
            self.say(&format!("{}: {}, the same in both, digest {:032x}", kind.name, tally.count, tally.digest));
        }
    }
}
