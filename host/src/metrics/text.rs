//! From `OpenMetrics`, which the library writes, to the older text format, which every scraper reads: there a counter and an
//! info have their type under the whole name of their samples, and nothing marks the end.

/// The same samples in the text format 0.0.4.
pub(super) fn classic(open_metrics: &str) -> String {
    let mut text = String::with_capacity(open_metrics.len() + 512);
    let kinds = open_metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let suffixes: std::collections::HashMap<&str, &str> = kinds
        .filter_map(|(name, kind)| match kind {
            "counter" => Some((name, "_total")),
            "info" => Some((name, "_info")),
            _ => None,
        })
        .collect();
    for line in open_metrics.lines().filter(|line| *line != "# EOF") {
        match described(line) {
            Some((word, name, rest)) => {
                let suffix = suffixes.get(name).copied().unwrap_or_default();
                let rest = if word == "TYPE" && rest == "info" { "gauge" } else { rest };
                // The library ends every description with a dot of its own.
                let rest = if word == "HELP" { rest.strip_suffix('.').unwrap_or(rest) } else { rest };
                text.extend(["# ", word, " ", name, suffix, " ", rest]);
            }
            None => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

/// Word, name and the rest of a line `# WORD NAME REST`.
fn described(line: &str) -> Option<(&str, &str, &str)> {
    let (word, rest) = line.strip_prefix("# ")?.split_once(' ')?;
    let (name, rest) = rest.split_once(' ')?;
    ["HELP", "TYPE"].contains(&word).then_some((word, name, rest))
}
