//! Pictures, drawn on the server as SVG: columns over time, and bars. Colours come from the style sheet; every series has a
//! pattern of its own beside its colour, and its numbers stand in a table below.

mod bars;
mod columns;
mod scale;

use maud::{Markup, html};

pub(super) use self::{
    bars::{Bar, Bars, Group},
    columns::{Column, Columns},
};

/// As many series as there are patterns; further ones belong together under one name.
pub(super) const MOST_SERIES: usize = 6;

/// What fills the shapes of a series.
fn fill(chart: &str, series: usize) -> String {
    format!("url(#{chart}-p{})", series % MOST_SERIES)
}

/// One pattern for each series, under ids of this chart.
fn patterns(chart: &str, series: usize) -> Markup {
    let strokes = ["", "M-2 2l4-4M0 8l8-8M6 10l4-4", "M0 2h8M0 6h8", "M-2 6l4 4M0 0l8 8M6-2l4 4", "M2 0v8M6 0v8", "M0 0l8 8M8 0l-8 8"];
    html! {
        defs {
            @for (number, strokes) in strokes.into_iter().enumerate().take(series.min(MOST_SERIES)) {
                pattern id={ (chart) "-p" (number) } width="8" height="8" patternUnits="userSpaceOnUse" {
                    rect width="8" height="8" class={ "s" (number) } {}
                    @if !strokes.is_empty() { path d=(strokes) class="strokes" {} }
                }
            }
        }
    }
}

/// The names of the series, each with a piece of its pattern.
fn legend<'a>(chart: &str, names: impl Iterator<Item = &'a str>) -> Markup {
    html! {
        ul class="legend" {
            @for (number, name) in names.enumerate() {
                li {
                    svg class="swatch" viewBox="0 0 16 16" aria-hidden="true" { rect width="16" height="16" fill=(fill(chart, number)) {} }
                    " " (name)
                }
            }
        }
    }
}
