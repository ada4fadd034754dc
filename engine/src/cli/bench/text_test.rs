use super::*;

fn rounds(median: f64, half: f64) -> Rounds {
    Rounds {
        median,
        low: median - half,
        high: median + half,
    }
}

fn figures() -> Figures {
    Figures {
        records: 100_000,
        samples: 20,
        sample_bytes: 11_000,
        rounds: 11,
        clock: "cpu".to_owned(),
        debug: false,
        guests: vec![GuestFigures {
            guest: "rows".to_owned(),
            module: "mine@3fa9c1".to_owned(),
            ns_per_record: rounds(1370.0, 27.0),
            fuel_per_record: 10_230.4,
            memory_bytes: 1_179_648,
            rows_per_record: 0.5,
            errors_per_record: 0.0,
        }],
        aggregates: vec![AggregateFigures {
            aggregate: "p95".to_owned(),
            module: "p95@aa01b2".to_owned(),
            fuel_per_record: 431.0,
            memory_bytes: 1_048_576,
        }],
        pipeline_ns_per_record: rounds(1650.0, 40.0),
    }
}

#[test]
fn a_first_run() {
    insta::assert_snapshot!(text("mine", &figures(), None), @r"
    `mine`: 100,000 records (of 20 samples), median of 11 rounds, processor time

    guest `rows` (mine@3fa9c1)
      time a record         1,370 ns (±2 %)
      fuel a record                  10,230
      memory                      1,152 KiB
      rows a record                    0.50

    aggregate `p95` (p95@aa01b2)
      fuel a record                     431
      memory                      1,024 KiB

    the whole pipeline, all threads together
      time a record         1,650 ns (±2 %)
    ");
}

#[test]
fn against_the_last_run() {
    let mut last = figures();
    last.guests[0].module = "mine@bb22cc".to_owned();
    last.guests[0].ns_per_record = rounds(1900.0, 30.0);
    last.guests[0].fuel_per_record = 20_000.0;
    last.guests[0].errors_per_record = 0.25;
    last.guests[0].memory_bytes = 0;
    last.pipeline_ns_per_record = rounds(1700.0, 90.0);
    last.aggregates[0].fuel_per_record = 430.9;
    insta::assert_snapshot!(text("mine", &figures(), Some(&last)), @r"
    `mine`: 100,000 records (of 20 samples), median of 11 rounds, processor time

    guest `rows` (mine@3fa9c1, last run mine@bb22cc)
      time a record         1,370 ns (±2 %)   x0.72 (-28 % of 1,900 ns)
      fuel a record                  10,230   x0.51 (-48.8 % of 20,000)
      memory                      1,152 KiB   none in the last run
      rows a record                    0.50   as in the last run
      errors a record                  0.00   x0.00 (-100.0 % of 0.25)

    aggregate `p95` (p95@aa01b2)
      fuel a record                     431   as in the last run
      memory                      1,024 KiB   as in the last run

    the whole pipeline, all threads together
      time a record         1,650 ns (±2 %)   x0.97, no more than the noise (-3 % of 1,700 ns, rounds differ by 11 %)
    ");
}

#[test]
fn a_clock_that_counts_others_says_so() {
    let now = Figures {
        clock: "wall".to_owned(),
        guests: Vec::new(),
        aggregates: Vec::new(),
        ..figures()
    };
    // What the last run did not have is not compared.
    let last = Figures {
        pipeline_ns_per_record: rounds(0.0, 0.0),
        ..figures()
    };
    insta::assert_snapshot!(text("mine", &now, Some(&last)), @r"
    `mine`: 100,000 records (of 20 samples), median of 11 rounds, wall-clock time: others' work counts

    the whole pipeline, all threads together
      time a record         1,650 ns (±2 %)   the last run was too short to compare
    ");
}

#[test]
fn figures_of_another_kind_are_not_compared() {
    let other = |change: fn(&mut Figures)| {
        let mut other = figures();
        change(&mut other);
        figures().is_like(&other)
    };
    assert!(other(|figures| figures.records = 7));
    assert!(!other(|figures| figures.samples = 7));
    assert!(!other(|figures| figures.sample_bytes = 7));
    assert!(!other(|figures| figures.debug = true));
    assert!(!other(|figures| figures.clock = "wall".to_owned()));
}

#[test]
fn digits_in_groups() {
    let texts: Vec<String> = [0.0, 999.4, 1000.0, 1_234_567.0].into_iter().map(grouped).collect();
    assert_eq!(texts, ["0", "999", "1,000", "1,234,567"]);
}
