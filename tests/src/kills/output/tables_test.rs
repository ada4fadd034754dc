use std::fmt::Write;

use super::Tables;
use crate::kills::output::{Output, Verdict};
use crate::kills::records::{CUSTOMERS, Sums, count_of, first};

/// The lines of a table of this batch, over the first records.
fn table(batch: u64, end: u64) -> String {
    let mut text = String::new();
    for customer in 0..CUSTOMERS {
        let Sums {
            count,
            total,
            low,
            high,
        } = first(customer, count_of(customer, end));
        if count > 0 {
            let row = format!(
                r#"{{"customer_id":"CUST-{customer:03}","n":{count},"total":{total},"low":{low},"high":{high}}}"#
            );
            let _ = writeln!(text, r#"{{"batch":{batch},"table":"all","row":{row}}}"#);
        }
    }
    text
}

/// What is wrong with what processes printed one after the other, and the verdict on thirty records.
fn judged(printed: &[&str]) -> (Result<bool, String>, Verdict) {
    let folder = tempfile::tempdir().unwrap();
    for (at, text) in printed.iter().enumerate() {
        std::fs::write(folder.path().join(format!("process-{at:04}.out")), text).unwrap();
    }
    let mut tables = Tables::new(folder.path());
    let looked = tables.look();
    let looked = looked.map_err(|wrong| {
        wrong
            .rsplit_once(".out: ")
            .map_or(wrong.clone(), |(_, wrong)| wrong.to_owned())
    });
    (looked, tables.verdict(30))
}

#[test]
fn the_last_table_counts() {
    let clean = (Ok(true), Verdict::default());
    assert_eq!(judged(&[&(table(0, 7) + &table(1, 30))]), clean);
    // A process was killed in the middle of a table, and the next one says it again; then one that had nothing to say.
    let half = table(1, 20);
    let half = &half[..half.len() / 2];
    assert_eq!(
        judged(&[&(table(0, 7) + half), &(table(1, 20) + &table(2, 30)), ""]),
        clean
    );
    assert_eq!(judged(&[&table(0, 28)]), (Ok(true), Verdict { lost: 2, twice: 0 }));
    assert_eq!(judged(&[&table(0, 31)]), (Ok(true), Verdict { lost: 0, twice: 1 }));
}

#[test]
fn no_table_may_be_wrong_on_the_way() {
    let wrong = |text: String| judged(&[&(text + &table(9, 30))]).0.unwrap_err();
    let twice = table(0, 30) + table(0, 30).lines().next().unwrap() + "\n";
    assert!(wrong(twice).starts_with("batch 0 has two rows of one customer"));
    let other = table(0, 30).replace("\"n\":3,", "\"n\":2,");
    assert!(wrong(other).contains("is not what the first 2 records of this customer are"));
    let left_out: String = table(0, 30).lines().skip(1).map(|line| format!("{line}\n")).collect();
    assert!(wrong(left_out).starts_with("batch Some(0) is no table of what was read of partition 0"));
    assert!(wrong(table(11, 30)).starts_with("batch 9 comes after batch"));
    assert!(wrong("what?\n".to_owned()).starts_with("a line is no row: what?"));
}
