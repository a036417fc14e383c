//! Programs as `docs/tokens.md` shows them.

const PAGE: &str = include_str!("../../docs/tokens.md");

/// The example in that language that contains a text.
pub fn program(language: &str, containing: &str) -> &'static str {
    let fence = format!("```{language}\n");
    let examples = PAGE.split(fence.as_str()).skip(1).filter_map(|rest| rest.split("```").next());
    let mut found = examples.filter(|example| example.contains(containing));
    let one = found.next().unwrap_or_else(|| panic!("docs/tokens.md shows no {language} with {containing}"));
    assert!(found.next().is_none(), "docs/tokens.md shows several {language} with {containing}");
    one
}
