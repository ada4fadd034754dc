//! Rows that were left out, said before anybody has to ask: one line when there are any, and again when they have doubled.

use super::Observer;
use super::graph::LATE_SUFFIX;
use super::stateful::Stateful;

/// What a user was told of a table already.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Told {
    late: u64,
    ahead: u64,
}

impl Told {
    /// Tells of rows of all batches so far, the one at hand included.
    pub(super) fn tell(&mut self, table: &Stateful, batch: u64, observer: &dyn Observer) {
        let (before, now) = (table.total(), table.batch());
        let late = before.late_rows + now.late_rows;
        if is_news(self.late, late) {
            self.late = late;
            observer.notice(&late_text(table, batch, late));
        }
        let ahead = before.rows_ahead + now.rows_ahead;
        if is_news(self.ahead, ahead) {
            self.ahead = ahead;
            let name = table.name();
            observer.notice(&format!(
                "table `{name}`: {} ahead of the clock by more than the watermark's `max_ahead`, by batch {batch}; {} left \
                 out, and {} the table `{name}{LATE_SUFFIX}`",
                rows(ahead, "is", "are"),
                if ahead == 1 { "it is" } else { "they are" },
                if ahead == 1 { "is in" } else { "are" },
            ));
        }
    }
}

/// Ten thousand late rows are no news after nine thousand.
fn is_news(told: u64, now: u64) -> bool {
    now > 0 && (told == 0 || now >= told.saturating_mul(2))
}

fn rows(count: u64, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 row {one}"),
        count => format!("{count} rows {many}"),
    }
}

fn late_text(table: &Stateful, batch: u64, late: u64) -> String {
    let name = table.name();
    let text = format!(
        "table `{name}`: {} too late for the windows, by batch {batch}, and left out of them: see the table `{name}{LATE_SUFFIX}`",
        rows(late, "came", "came"),
    );
    match lagging(table) {
        Some(partition) => format!(
            "{text}; hint: {partition} lags behind the others, and one watermark for all does not wait for it: write \
             `per = \"partition\"` in the table's watermark"
        ),
        None => text,
    }
}

/// The partition most of whose rows were late because others are further.
pub(super) fn lagging(table: &Stateful) -> Option<String> {
    let watermark = table.watermark()?;
    if watermark.spec().per != crate::window::Per::All {
        return None;
    }
    let (_, partition, _) = watermark
        .partitions()
        .filter(|(_, _, progressed)| progressed.late_rows > 0)
        // Its own rows alone would not have made it late: it is the others that are ahead.
        .filter(|(_, _, progressed)| {
            progressed
                .greatest
                .is_some_and(|greatest| greatest < watermark.current())
        })
        .max_by_key(|(_, _, progressed)| progressed.late_rows)?;
    partition.map(ToString::to_string)
}
