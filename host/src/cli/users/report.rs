//! What an import says while it runs: a bar on a terminal, a line now and then elsewhere.

use std::{
    fs::File,
    io::{self, IsTerminal as _, LineWriter, Write as _},
    path::Path,
};

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};

use crate::{flow::import::Watch, model::form::FieldError};

/// Lines between two messages.
const STEP: u64 = 10_000;

/// Watches an import.
pub(super) struct Report {
    bar: Option<ProgressBar>,
    /// Each line is there at once, also if the import is killed.
    errors: Option<LineWriter<File>>,
    told: u64,
}

impl Report {
    /// `lines`: of the whole file. Mistakes go to the file, or to standard error.
    pub(super) fn new(lines: u64, errors: Option<&Path>) -> anyhow::Result<Self> {
        let style = ProgressStyle::with_template("{bar:40} {pos} of {len} lines, {elapsed}, {eta} left");
        let bar = io::stderr().is_terminal().then(|| ProgressBar::new(lines));
        if let (Some(bar), Ok(style)) = (&bar, style) {
            bar.set_style(style);
        }
        let open = |path: &Path| File::create(path).with_context(|| path.display().to_string());
        Ok(Self { bar, errors: errors.map(open).transpose()?.map(LineWriter::new), told: 0 })
    }

    /// All mistakes are written.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.errors.as_mut().map_or(Ok(()), io::Write::flush)
    }
}

impl Watch for Report {
    fn mistake(&mut self, line: u64, error: &FieldError) -> io::Result<()> {
        let separator = if error.field.is_empty() { "" } else { ": " };
        let text = format!("line {line}: {}{separator}{}", error.field, error.message);
        match (&mut self.errors, &self.bar) {
            (Some(file), _) => writeln!(file, "{text}")?,
            (None, Some(bar)) => bar.suspend(|| eprintln!("{text}")),
            (None, None) => eprintln!("{text}"),
        }
        Ok(())
    }

    fn advanced(&mut self, lines: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(lines);
        } else if lines >= self.told + STEP {
            self.told = lines - lines % STEP;
            eprintln!("{lines} lines done");
        }
    }
}
