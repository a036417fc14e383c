//! Sign-ins by the hour, and how long calls of providers take.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use ::time::OffsetDateTime;
use maud::{Markup, html};

use super::{
    super::{
        super::{
            Language,
            chart::{Bar, Bars, Column, Columns, Group, MOST_SERIES},
            time,
        },
        list::table,
    },
    grouped,
};
use crate::{
    flow::{
        overview::{Calls, SignInHours},
        provider::ProviderState,
    },
    model::signin::{Hour, HourCount, OK},
};

/// Two pictures of the same sign-ins, each with its numbers.
pub(super) fn signins(language: Language, signins: &SignInHours) -> Markup {
    let by_result = Sums::of(language, signins, |count| &count.result);
    let by_provider = Sums::of(language, signins, |count| &count.provider);
    html! {
        div class="cards" {
            (picture(language, "results", language.pick("Sign-ins by result", "Входы по результату"), &by_result))
            (picture(language, "providers", language.pick("Sign-ins by provider", "Входы по провайдеру"), &by_provider))
        }
    }
}

/// Sign-ins by hour in a few series.
struct Sums {
    series: Vec<String>,
    hours: Vec<(Hour, Vec<u64>)>,
}

impl Sums {
    fn of(language: Language, signins: &SignInHours, key: impl Fn(&HourCount) -> &String) -> Self {
        let mut totals: BTreeMap<&String, u64> = BTreeMap::new();
        for count in &signins.counts {
            *totals.entry(key(count)).or_default() += count.count;
        }
        let mut names: Vec<(&String, u64)> = totals.into_iter().collect();
        // What went well is the ground that the rest stands on.
        names.sort_by_key(|(name, total)| (*name != OK, std::cmp::Reverse(*total)));
        let mut series: Vec<String> = names.iter().map(|(name, _)| (*name).clone()).collect();
        if series.len() > MOST_SERIES {
            series.truncate(MOST_SERIES - 1);
            series.push(language.pick("others", "прочие").to_owned());
        }
        let places: HashMap<&String, usize> = names.iter().enumerate().map(|(at, (name, _))| (*name, at.min(MOST_SERIES - 1))).collect();
        let hours = signins.from.0..signins.to.0;
        let mut sums: Vec<(Hour, Vec<u64>)> = hours.map(|hour| (Hour(hour), vec![0; series.len()])).collect();
        for count in &signins.counts {
            let place = usize::try_from(count.hour.0 - signins.from.0).unwrap_or(usize::MAX);
            if let Some((_, values)) = sums.get_mut(place) {
                values[places[key(count)]] += count.count;
            }
        }
        Self { series, hours: sums }
    }

    fn totals(&self) -> Vec<u64> {
        (0..self.series.len()).map(|at| self.hours.iter().map(|(_, values)| values[at]).sum()).collect()
    }
}

fn picture(language: Language, id: &str, title: &str, sums: &Sums) -> Markup {
    let totals = sums.totals();
    let said = sums.series.iter().zip(&totals).map(|(name, total)| format!("{name} {total}")).collect::<Vec<_>>().join(", ");
    let columns: Vec<Column> = sums.hours.iter().map(|(hour, values)| column(language, *hour, values)).collect();
    let description = format!("{}: {said}.", language.pick("By the hour (UTC), the last 48 hours", "По часам (UTC), последние 48 часов"));
    html! {
        section class="card" {
            h2 { (title) }
            @if totals.iter().sum::<u64>() == 0 {
                p class="quiet" { (language.pick("No sign-ins in the last 48 hours.", "За последние 48 часов входов не было.")) }
            } @else {
                (Columns { id, title, description: &description, series: &sums.series, bars: &columns }.draw())
                details {
                    summary { (language.pick("The numbers", "Числа")) }
                    (numbers(language, title, sums, &totals))
                }
            }
        }
    }
}

/// Midnight is told by its day, noon by its hour.
fn column(language: Language, hour: Hour, values: &[u64]) -> Column {
    let tick = OffsetDateTime::from_unix_timestamp(hour.begin().seconds()).ok().and_then(|at| match at.hour() {
        0 => Some(time::day(language, hour.begin())),
        12 => Some("12:00".to_owned()),
        _ => None,
    });
    Column { name: time::short(language, hour.begin()), tick, values: values.to_vec() }
}

/// Hours without sign-ins are left out.
fn numbers(language: Language, title: &str, sums: &Sums, totals: &[u64]) -> Markup {
    let hour = language.pick("Hour", "Час");
    let columns: Vec<&str> = std::iter::once(hour).chain(sums.series.iter().map(String::as_str)).collect();
    let rows = html! {
        @for (hour, values) in sums.hours.iter().rev().filter(|(_, values)| values.iter().any(|value| *value > 0)) {
            tr {
                td { (time::draw(language, hour.begin())) }
                @for value in values { td { (grouped(*value)) } }
            }
        }
        tr {
            th scope="row" { (language.pick("In all", "Всего")) }
            @for total in totals { td { (grouped(*total)) } }
        }
    };
    table(title, &columns, &rows)
}

/// How long calls took, by provider.
pub(super) fn calls(language: Language, providers: &[(ProviderState, Calls)]) -> Markup {
    let groups = providers.iter().filter_map(|(state, calls)| {
        let bar = |took: Duration| Bar { value: u64::try_from(took.as_micros()).unwrap_or(u64::MAX), label: latency(language, took) };
        Some(Group { name: state.type_name.clone(), bars: calls.latency?.map(bar).into() })
    });
    let groups: Vec<Group> = groups.collect();
    let series = [
        language.pick("half of the calls (p50)", "половина вызовов (p50)"),
        language.pick("95 of 100 (p95)", "95 из 100 (p95)"),
        language.pick("99 of 100 (p99)", "99 из 100 (p99)"),
    ];
    let title = language.pick("How long calls took at most", "Сколько длились вызовы, не более");
    let description =
        language.pick("For each provider; the table below has the numbers.", "Для каждого провайдера; числа — в таблице ниже.");
    html! {
        @if groups.is_empty() {
            p class="quiet" { (language.pick("No calls yet.", "Вызовов ещё не было.")) }
        } @else {
            div class="picture" { (Bars { id: "latency", title, description, series: &series, groups: &groups }.draw()) }
        }
    }
}

/// With two digits that say something.
pub(in super::super) fn latency(language: Language, took: Duration) -> String {
    let micros = took.as_micros();
    let (whole, tenth, unit) = match micros {
        0..1_000 => return format!("{micros} {}", language.pick("µs", "мкс")),
        1_000..1_000_000 => (micros / 1_000, micros / 100 % 10, language.pick("ms", "мс")),
        _ => (micros / 1_000_000, micros / 100_000 % 10, language.pick("s", "с")),
    };
    if whole >= 10 { format!("{whole} {unit}") } else { format!("{whole}{}{tenth} {unit}", language.pick(".", ",")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(hour: i64, provider: &str, result: &str, count: u64) -> HourCount {
        HourCount { hour: Hour(hour), provider: provider.to_owned(), result: result.to_owned(), count }
    }

    #[test]
    fn success_comes_first_and_the_rare_together() {
        let mut counts: Vec<HourCount> = (0..7).map(|number| count(100, "simple", &format!("r{number}"), 10 - number)).collect();
        counts.push(count(101, "simple", "ok", 1));
        let sums = Sums::of(Language::English, &SignInHours { from: Hour(100), to: Hour(102), counts }, |count| &count.result);
        assert_eq!(sums.series, ["ok", "r0", "r1", "r2", "r3", "others"]);
        assert_eq!(sums.hours, [(Hour(100), vec![0, 10, 9, 8, 7, 15]), (Hour(101), vec![1, 0, 0, 0, 0, 0])]);
        assert_eq!(sums.totals(), [1, 10, 9, 8, 7, 15]);
    }

    #[test]
    fn latencies_have_few_digits() {
        for (micros, text) in [(7, "7 µs"), (1_000, "1.0 ms"), (1_250, "1.2 ms"), (45_678, "45 ms"), (2_345_678, "2.3 s")] {
            assert_eq!(latency(Language::English, Duration::from_micros(micros)), text);
        }
        assert_eq!(latency(Language::Russian, Duration::from_millis(2300)), "2,3 с");
    }
}
