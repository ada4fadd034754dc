use std::time::Duration;

use super::Report;
use crate::kills::output::Verdict;

#[test]
fn a_report_adds_up() {
    let one = Report {
        kills: 2,
        killed_early: 1,
        restarts: 3,
        faults: [("Ctrl-C".to_owned(), 1)].into(),
        records: 10,
        looks: 5,
        verdict: Verdict { lost: 1, twice: 0 },
        first_commits: vec![Duration::from_millis(500)],
        ..Report::default()
    };
    let mut both = one.clone();
    both.add(Report {
        first_commits: vec![Duration::from_millis(1500)],
        ended: 1,
        ..one
    });
    insta::assert_snapshot!(both, @r"
    4 kills (2 before the first checkpoint), 6 restarts, 1 ends of its own while something was away
    besides: Ctrl-C 2
    20 records; the output was read 10 times meanwhile
    from the start of a process to its first checkpoint: 1.00 s on average, 1.50 s at most, of 2
    2 lost, 0 twice
    ");
}
