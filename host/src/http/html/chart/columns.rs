//! Stacked columns over time.

use maud::{Markup, html};

use super::{
    fill, legend, patterns,
    scale::{length, round_up},
};

const WIDTH: u64 = 360;
const HEIGHT: u64 = 210;
/// Where the columns stand: right of the numbers, above the times.
const LEFT: u64 = 34;
const TOP: u64 = 12;
const FLOOR: u64 = 180;

/// One column.
pub(in super::super) struct Column {
    /// When, whole: in the table and as the column's title.
    pub(in super::super) name: String,
    /// Below the axis; most have none.
    pub(in super::super) tick: Option<String>,
    /// One for each series.
    pub(in super::super) values: Vec<u64>,
}

/// Stacked columns over time.
pub(in super::super) struct Columns<'a> {
    /// Unique on the page.
    pub(in super::super) id: &'a str,
    pub(in super::super) title: &'a str,
    /// What it shows, for those who do not see it.
    pub(in super::super) description: &'a str,
    /// Names, [`MOST_SERIES`](super::MOST_SERIES) at most.
    pub(in super::super) series: &'a [String],
    /// From left to right.
    pub(in super::super) bars: &'a [Column],
}

impl Columns<'_> {
    /// Picture and legend.
    pub(in super::super) fn draw(&self) -> Markup {
        let most = self.bars.iter().map(|column| column.values.iter().sum()).max().unwrap_or_default();
        let end = round_up(most);
        let (title, description) = (format!("{}-title", self.id), format!("{}-desc", self.id));
        let height = FLOOR - TOP;
        html! {
            svg class="chart" viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-labelledby={ (title) " " (description) } {
                title id=(title) { (self.title) }
                desc id=(description) { (self.description) }
                (patterns(self.id, self.series.len()))
                @for value in [0, end / 2, end] {
                    @let y = FLOOR - value * height / end;
                    line class="grid" x1=(LEFT) x2=(WIDTH) y1=(y) y2=(y) {}
                    text x=(LEFT - 5) y=(y + 4) text-anchor="end" { (value) }
                }
                @for (place, column) in self.bars.iter().enumerate() {
                    (self.column(place, column, end))
                }
            }
            (legend(self.id, self.series.iter().map(String::as_str)))
        }
    }

    fn column(&self, place: usize, column: &Column, end: u64) -> Markup {
        let count = u64::try_from(self.bars.len()).unwrap_or(1).max(1);
        let place = u64::try_from(place).unwrap_or_default();
        // In hundredths: many narrow columns share what there is.
        let step = (WIDTH - LEFT) * 100 / count;
        let (x, width) = (hundredths(LEFT * 100 + place * step + step / 10), hundredths(step * 8 / 10));
        let mut below = 0;
        let parts: Vec<(usize, u64, u64)> = column
            .values
            .iter()
            .enumerate()
            .filter(|(_, value)| **value > 0)
            .map(|(series, value)| {
                below += value;
                (series, *value, end - below)
            })
            .collect();
        html! {
            @if !parts.is_empty() {
                g {
                    title { (self.said(column)) }
                    @for (series, value, above) in parts {
                        rect x=(x) width=(width) y=(offset(&length(above, end, FLOOR - TOP))) height=(length(value, end, FLOOR - TOP))
                            fill=(fill(self.id, series)) {}
                    }
                }
            }
            @if let Some(tick) = &column.tick {
                line class="grid" x1=(x) x2=(x) y1=(FLOOR) y2=(FLOOR + 5) {}
                // Near the right end it stands before its line.
                text x=(x) y=(FLOOR + 18) text-anchor=(if place * 8 > count * 7 { "end" } else { "start" }) { (tick) }
            }
        }
    }

    /// `21 Nov, 15:00: ok 3, no_account 1`.
    fn said(&self, column: &Column) -> String {
        let parts = self.series.iter().zip(&column.values).filter(|(_, value)| **value > 0);
        let parts: Vec<String> = parts.map(|(name, value)| format!("{name} {value}")).collect();
        format!("{}: {}", column.name, parts.join(", "))
    }
}

fn hundredths(number: u64) -> String {
    format!("{}.{:02}", number / 100, number % 100)
}

/// A length with tenths, below the top.
fn offset(length: &str) -> String {
    let (whole, tenth) = length.split_once('.').unwrap_or((length, "0"));
    format!("{}.{tenth}", whole.parse::<u64>().unwrap_or_default() + TOP)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(values: &[[u64; 2]]) -> String {
        let column = |values: &[u64; 2]| Column { name: "then".to_owned(), tick: None, values: values.to_vec() };
        let columns: Vec<Column> = values.iter().map(column).collect();
        let series = ["ok".to_owned(), "<b>".to_owned()];
        Columns { id: "c", title: "T", description: "D", series: &series, bars: &columns }.draw().into_string()
    }

    #[test]
    fn a_full_column_reaches_from_floor_to_top_in_parts() {
        let drawn = drawn(&[[5, 15], [0, 0]]);
        assert!(drawn.contains("y=\"138.0\" height=\"42.0\" fill=\"url(#c-p0)\""), "{drawn}");
        assert!(drawn.contains("y=\"12.0\" height=\"126.0\" fill=\"url(#c-p1)\""), "{drawn}");
        assert!(drawn.contains("<title>then: ok 5, &lt;b&gt; 15</title>"), "{drawn}");
        assert_eq!(drawn.matches("<g>").count(), 1, "an empty column has no shape: {drawn}");
    }

    #[test]
    fn nothing_is_drawn_as_well() {
        let drawn = drawn(&[]);
        assert!(drawn.contains("<svg") && !drawn.contains("<g>"), "{drawn}");
    }
}
