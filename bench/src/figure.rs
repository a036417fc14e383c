//! What was measured, for people and for programs.

use std::{borrow::Cow, fmt::Write as _, fs, thread};

use serde_json::{Value, json};

use crate::sample;

/// Where a figure should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Aim {
    AtMost(f64),
    AtLeast(f64),
}

impl Aim {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtMost(limit) => value <= limit,
            Self::AtLeast(limit) => value >= limit,
        }
    }
}

/// One figure: the median of its rounds.
pub(crate) struct Figure {
    name: Cow<'static, str>,
    unit: &'static str,
    aim: Option<Aim>,
    rounds: Vec<f64>,
}

impl Figure {
    /// One value for each round; at least one. A ratio has an empty unit.
    pub(crate) fn new(name: impl Into<Cow<'static, str>>, unit: &'static str, rounds: Vec<f64>) -> Self {
        Self { name: name.into(), unit, aim: None, rounds }
    }

    pub(crate) const fn at_most(mut self, limit: f64) -> Self {
        self.aim = Some(Aim::AtMost(limit));
        self
    }

    pub(crate) const fn at_least(mut self, limit: f64) -> Self {
        self.aim = Some(Aim::AtLeast(limit));
        self
    }

    fn value(&self) -> f64 {
        sample::quantile(&self.rounds, 0.5)
    }

    fn verdict(&self) -> &'static str {
        match self.aim {
            None => "",
            Some(aim) if aim.is_met(self.value()) => "met",
            Some(_) => "MISSED",
        }
    }
}

/// Columns for a terminal.
pub(crate) fn table(figures: &[Figure]) -> String {
    let mut text = format!("{:56} {:>11}       {:>9}         {}\n", "", "median", "aim", "rounds: lowest to highest");
    for figure in figures {
        let aim = match figure.aim {
            None => String::new(),
            Some(Aim::AtMost(limit)) => format!("<= {limit}"),
            Some(Aim::AtLeast(limit)) => format!(">= {limit}"),
        };
        let (lowest, highest) = (sample::quantile(&figure.rounds, 0.0), sample::quantile(&figure.rounds, 1.0));
        let _ = writeln!(
            text,
            "{:56} {:>11} {:5} {aim:>9}  {:6} {} to {}",
            figure.name,
            short(figure.value()),
            figure.unit,
            figure.verdict(),
            short(lowest),
            short(highest)
        );
    }
    text
}

/// Three significant digits or all before the point.
fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// Everything, with the machine that it was measured on.
pub(crate) fn json(figures: &[Figure]) -> String {
    let figures: Vec<Value> = figures
        .iter()
        .map(|figure| {
            let aim = match figure.aim {
                None => Value::Null,
                Some(Aim::AtMost(limit)) => json!({ "at_most": limit }),
                Some(Aim::AtLeast(limit)) => json!({ "at_least": limit }),
            };
            let met = figure.aim.map(|aim| aim.is_met(figure.value()));
            json!({ "name": figure.name, "unit": figure.unit, "median": figure.value(), "rounds": figure.rounds, "aim": aim, "met": met })
        })
        .collect();
    format!("{:#}\n", json!({ "machine": machine(), "figures": figures }))
}

fn machine() -> Value {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let processors = read("/proc/cpuinfo");
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map(|(_, model)| model);
    json!({
        "cores": thread::available_parallelism().map_or(1, std::num::NonZero::get),
        "processor": model,
        "kernel": read("/proc/sys/kernel/osrelease").trim(),
        "load": read("/proc/loadavg").trim(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aim_is_held_against_the_median() {
        let figure = |rounds: &[f64]| Figure::new("x", "", rounds.to_vec()).at_most(3.0);
        assert_eq!(figure(&[9.0, 1.0, 3.0]).verdict(), "met");
        assert_eq!(figure(&[9.0, 1.0, 3.1]).verdict(), "MISSED");
        assert_eq!(Figure::new("x", "", vec![0.4]).at_least(0.5).verdict(), "MISSED");
        assert_eq!(Figure::new("x", "", vec![0.4]).verdict(), "");
    }

    #[test]
    fn the_document_says_what_was_missed() {
        let text = json(&[Figure::new("calls", "us", vec![50.0]).at_most(40.0)]);
        let read: Value = serde_json::from_str(&text).unwrap();
        let figure = &read["figures"][0];
        assert_eq!((figure["met"].as_bool(), figure["aim"]["at_most"].as_f64()), (Some(false), Some(40.0)));
    }
}
