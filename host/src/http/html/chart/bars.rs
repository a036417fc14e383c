//! Bars beside their numbers, in groups.

use maud::{Markup, html};

use super::{fill, legend, patterns, scale::length};

const WIDTH: u64 = 360;
/// The longest bar; its number stands right of it.
const LONGEST: u64 = 270;
const LINE: u64 = 16;
const GAP: u64 = 12;

/// One bar.
pub(in super::super) struct Bar {
    pub(in super::super) value: u64,
    /// The value with its unit.
    pub(in super::super) label: String,
}

/// Bars that belong together.
pub(in super::super) struct Group {
    pub(in super::super) name: String,
    /// One for each series.
    pub(in super::super) bars: Vec<Bar>,
}

/// Bars beside their numbers, in groups.
pub(in super::super) struct Bars<'a> {
    /// Unique on the page.
    pub(in super::super) id: &'a str,
    pub(in super::super) title: &'a str,
    /// What it shows, for those who do not see it.
    pub(in super::super) description: &'a str,
    pub(in super::super) series: &'a [&'a str],
    pub(in super::super) groups: &'a [Group],
}

impl Bars<'_> {
    /// Picture and legend.
    pub(in super::super) fn draw(&self) -> Markup {
        let longest = self.groups.iter().flat_map(|group| &group.bars).map(|bar| bar.value).max().unwrap_or_default();
        let (title, description) = (format!("{}-title", self.id), format!("{}-desc", self.id));
        let lines = u64::try_from(self.series.len()).unwrap_or_default() + 1;
        let group = lines * LINE + GAP;
        let height = group * u64::try_from(self.groups.len()).unwrap_or_default();
        let tops = (0..).map(|number| number * group);
        html! {
            svg class="chart" viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-labelledby={ (title) " " (description) } {
                title id=(title) { (self.title) }
                desc id=(description) { (self.description) }
                (patterns(self.id, self.series.len()))
                @for (group, top) in self.groups.iter().zip(tops) {
                    text class="name" x="0" y=(top + 12) { (group.name) }
                    @for ((series, bar), line) in group.bars.iter().enumerate().zip(1..) {
                        @let (y, long) = (top + line * LINE, length(bar.value, longest, LONGEST));
                        rect x="0" y=(y) width=(long) height=(LINE - 3) fill=(fill(self.id, series)) {}
                        text x=(long) dx="5" y=(y + 11) { (bar.label) }
                    }
                }
            }
            (legend(self.id, self.series.iter().copied()))
        }
    }
}
