//! The figures for a person, beside those of the last run.

use std::fmt::Write;

use super::figures::{AggregateFigures, Figures, GuestFigures, Rounds};

/// Below this a change of an exact figure is rounding.
const NOTHING: f64 = 0.000_5;

/// The figures; `last` are those of a run that they can be compared with.
pub(super) fn text(project: &str, now: &Figures, last: Option<&Figures>) -> String {
    let mut out = format!(
        "`{project}`: {} records (of {} samples), median of {} rounds, {}\n",
        grouped(now.records as f64),
        grouped(now.samples as f64),
        now.rounds,
        match now.clock.as_str() {
            "cpu" => "processor time",
            _ => "wall-clock time: others' work counts",
        }
    );
    for guest in &now.guests {
        let before = last.and_then(|last| last.guests.iter().find(|before| before.guest == guest.guest));
        put_guest(&mut out, guest, before);
    }
    for aggregate in &now.aggregates {
        let name = &aggregate.aggregate;
        let before = last.and_then(|last| last.aggregates.iter().find(|before| before.aggregate == *name));
        put_aggregate(&mut out, aggregate, before);
    }
    out.push_str("\nthe whole pipeline, all threads together\n");
    let whole = &now.pipeline_ns_per_record;
    let against = last.map(|last| against_noise(whole, &last.pipeline_ns_per_record));
    line(&mut out, "time a record", &time(whole), against);
    out
}

fn put_guest(out: &mut String, now: &GuestFigures, last: Option<&GuestFigures>) {
    put_title(
        out,
        &format!("guest `{}`", now.guest),
        &now.module,
        last.map(|last| &last.module),
    );
    let noisy = last.map(|last| against_noise(&now.ns_per_record, &last.ns_per_record));
    line(out, "time a record", &time(&now.ns_per_record), noisy);
    let exact = |figure: fn(&GuestFigures) -> f64| last.map(|last| change(figure(last), figure(now)));
    line(
        out,
        "fuel a record",
        &grouped(now.fuel_per_record),
        exact(|figures| figures.fuel_per_record),
    );
    line(
        out,
        "memory",
        &bytes(now.memory_bytes),
        exact(|figures| figures.memory_bytes as f64),
    );
    line(
        out,
        "rows a record",
        &short(now.rows_per_record),
        exact(|figures| figures.rows_per_record),
    );
    if now.errors_per_record > 0.0 || last.is_some_and(|last| last.errors_per_record > 0.0) {
        line(
            out,
            "errors a record",
            &short(now.errors_per_record),
            exact(|figures| figures.errors_per_record),
        );
    }
}

fn put_aggregate(out: &mut String, now: &AggregateFigures, last: Option<&AggregateFigures>) {
    put_title(
        out,
        &format!("aggregate `{}`", now.aggregate),
        &now.module,
        last.map(|last| &last.module),
    );
    let exact = |figure: fn(&AggregateFigures) -> f64| last.map(|last| change(figure(last), figure(now)));
    line(
        out,
        "fuel a record",
        &grouped(now.fuel_per_record),
        exact(|figures| figures.fuel_per_record),
    );
    line(
        out,
        "memory",
        &bytes(now.memory_bytes),
        exact(|figures| figures.memory_bytes as f64),
    );
}

/// ``guest `rows` (mine@3fa9c1, last run mine@aa01b2)``
fn put_title(out: &mut String, what: &str, module: &str, last: Option<&String>) {
    let last = last.filter(|last| *last != module);
    let last = last.map_or_else(String::new, |last| format!(", last run {last}"));
    let _infallible = writeln!(out, "\n{what} ({module}{last})");
}

/// `  time a record      1,370 ns +-3 %   -12 % since the last run`
fn line(out: &mut String, what: &str, value: &str, change: Option<String>) {
    let change = change.map_or_else(String::new, |change| format!("   {change}"));
    let _infallible = writeln!(out, "{}", format!("  {what:<16} {value:>20}{change}").trim_end());
}

/// The median, and how far the middle half of the rounds is from it, to either side.
fn time(rounds: &Rounds) -> String {
    format!("{} ns (±{:.0} %)", grouped(rounds.median), rounds.spread() * 50.0)
}

/// A change that is told as one only if it is larger than what the rounds of either run differ by.
fn against_noise(now: &Rounds, last: &Rounds) -> String {
    if last.median <= 0.0 {
        return "the last run was too short to compare".to_owned();
    }
    let part = now.median / last.median - 1.0;
    let noise = (now.spread().max(last.spread())).max(0.01);
    let ratio = now.median / last.median;
    match part.abs() <= noise {
        true => format!(
            "x{ratio:.2}, no more than the noise ({:+.0} % of {} ns, rounds differ by {:.0} %)",
            part * 100.0,
            grouped(last.median),
            noise * 100.0
        ),
        false => format!("x{ratio:.2} ({:+.0} % of {} ns)", part * 100.0, grouped(last.median)),
    }
}

/// A change of a figure that is the same every time.
fn change(last: f64, now: f64) -> String {
    let part = match last {
        0.0 if now == 0.0 => 0.0,
        0.0 => return "none in the last run".to_owned(),
        last => now / last - 1.0,
    };
    match part.abs() < NOTHING {
        true => "as in the last run".to_owned(),
        false => format!("x{:.2} ({:+.1} % of {})", now / last, part * 100.0, short(last)),
    }
}

fn short(number: f64) -> String {
    match number < 100.0 {
        true => format!("{number:.2}"),
        false => grouped(number),
    }
}

/// `1,370`
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn bytes(bytes: u64) -> String {
    format!("{} KiB", grouped(bytes as f64 / 1024.0))
}

#[cfg(test)]
#[path = "text_test.rs"]
mod tests;
