use super::*;
use crate::pipeline::samples::{by_minute, running};

/// A report of a run that has read and written so much.
fn report(records: u64, rows_out: u64) -> StateReport {
    StateReport {
        records,
        rows_out,
        ..running(vec![by_minute()])
    }
}

/// Seconds after the beginning at which there is something to say.
struct Clock(Instant);

impl Clock {
    fn at(&self, seconds: f64) -> Instant {
        self.0 + Duration::from_secs_f64(seconds)
    }
}

#[test]
fn a_silence_is_explained_once() {
    let clock = Clock(Instant::now());
    let mut turn = Turn::new(false);
    assert_eq!(turn.due(clock.at(99.0)), None, "nothing was heard");
    turn.hear(&report(0, 0), clock.at(0.0));
    assert_eq!(turn.due(clock.at(30.0)), None, "nothing was read");
    turn.hear(&report(10, 0), clock.at(30.0));
    turn.hear(&report(20, 0), clock.at(38.0));
    assert_eq!(turn.due(clock.at(39.9)), None, "too early");
    let said = turn.due(clock.at(40.0)).unwrap();
    assert!(
        said.starts_with("nothing yet: table `par_client`: the window "),
        "{said}"
    );
    assert!(said.ends_with("\nhint: `--why` shows more"), "{said}");
    turn.hear(&report(30, 0), clock.at(41.0));
    assert_eq!(turn.due(clock.at(99.0)), None, "it was said");

    turn.hear(&report(40, 5), clock.at(100.0));
    assert_eq!(turn.due(clock.at(199.0)), None, "rows came, and no records since");
    turn.hear(&report(50, 5), clock.at(200.0));
    let said = turn.due(clock.at(211.0)).unwrap();
    assert!(said.starts_with("nothing more: "), "{said}");
}

#[test]
fn why_is_said_of_each_change_but_not_more_than_once_a_second() {
    let clock = Clock(Instant::now());
    let mut turn = Turn::new(true);
    assert_eq!(turn.due(clock.at(0.0)), None);
    turn.hear(&report(10, 0), clock.at(1.0));
    let first = turn.due(clock.at(1.0)).unwrap();
    assert!(
        first.starts_with("batch 7: 10 records read, 34 waiting, 0 rows out\n"),
        "{first}"
    );
    turn.hear(&report(20, 0), clock.at(1.2));
    assert_eq!(turn.due(clock.at(1.9)), None, "too early");
    turn.hear(&report(30, 0), clock.at(1.9));
    let second = turn.due(clock.at(2.0)).unwrap();
    assert!(second.starts_with("batch 7: 30 records read (20 new)"), "{second}");
    assert_eq!(turn.due(clock.at(9.0)), None, "nothing changed");
    turn.hear(&report(30, 0), clock.at(9.5));
    assert_eq!(turn.due(clock.at(99.0)), None, "nothing changed");
}

#[test]
fn the_last_change_is_said_at_the_end() {
    let now = Instant::now();
    for (why, says) in [(true, true), (false, false)] {
        let mut turn = Turn::new(why);
        turn.hear(&report(10, 0), now);
        turn.due(now);
        turn.hear(&report(20, 0), now);
        assert_eq!(turn.rest().is_some(), says);
        assert_eq!(turn.rest(), None);
    }
}
