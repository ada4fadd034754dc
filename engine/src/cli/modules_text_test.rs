use insta::assert_snapshot;

use super::*;

fn version(version: u32, records: u64) -> VersionReport {
    VersionReport {
        version,
        module: "commandes".to_owned(),
        digest: format!("{version}fa9c1{}", "0".repeat(58)),
        since_ms: 1_768_730_457_123,
        since: BTreeMap::from([("orders".to_owned(), BTreeMap::from([(0, 1042), (1, 7)]))]),
        set_aside: None,
        records,
        records_since: records / 2,
        errors: 1,
        rows: records.saturating_sub(1),
        fuel: records * 1204,
    }
}

fn module(kind: &str, name: &str, versions: Vec<VersionReport>) -> ModuleReport {
    ModuleReport {
        name: name.to_owned(),
        kind: kind.to_owned(),
        path: format!("{name}.wasm"),
        state: ModuleState::Live,
        held: None,
        versions,
    }
}

fn report(modules: Vec<ModuleReport>) -> ModulesReport {
    ModulesReport {
        pipeline: "essai".to_owned(),
        process_id: 4711,
        started_ms: 1_768_730_400_000,
        now_ms: 1_768_730_457_123 + 8000,
        modules,
    }
}

#[test]
fn what_is_live_and_what_was() {
    let mut aggregate = version(1, 0);
    aggregate.since.clear();
    let mut bad = version(2, 40);
    bad.set_aside = Some("every record traps".to_owned());
    let mut two_topics = version(3, 1200);
    two_topics
        .since
        .insert("more".to_owned(), (0..9).map(|partition| (partition, 5)).collect());
    let modules = vec![
        module("guest", "orders", vec![version(12, 24), version(11, 1000)]),
        module("guest", "lines", vec![two_topics, bad]),
        module("aggregate", "p95", vec![aggregate]),
    ];
    assert_snapshot!(text(&report(modules)).unwrap(), @"
    pipeline `essai`, process 4711, since 2026-01-18 10:00:00

    guest `orders` of `orders.wasm`: v12 (commandes@12fa9c) is live since 2026-01-18 10:00:57, partition 0 offset 1042, partition 1 offset 7
      1.5 records a second since then, 1204 fuel a record
    +-------+----------------+-------------------+-------+------+----+-------------+
    |version|module          |live_since         |records|errors|rows|fuel_a_record|
    +-------+----------------+-------------------+-------+------+----+-------------+
    |v12    |commandes@12fa9c|2026-01-18 10:00:57|24     |1     |23  |1204         |
    |v11    |commandes@11fa9c|2026-01-18 10:00:57|1000   |1     |999 |1204         |
    +-------+----------------+-------------------+-------+------+----+-------------+

    guest `lines` of `lines.wasm`: v3 (commandes@3fa9c1) is live since 2026-01-18 10:00:57, topic `more` partition 0 offset 5, topic `more` partition 1 offset 5, topic `more` partition 2 offset 5, topic `more` partition 3 offset 5, topic `more` partition 4 offset 5, topic `more` partition 5 offset 5, topic `more` partition 6 offset 5, topic `more` partition 7 offset 5 and 3 more
      75.0 records a second since then, 1204 fuel a record
    +-------+----------------+-------------------+-------+------+----+-------------+------------------+
    |version|module          |live_since         |records|errors|rows|fuel_a_record|set_aside         |
    +-------+----------------+-------------------+-------+------+----+-------------+------------------+
    |v3     |commandes@3fa9c1|2026-01-18 10:00:57|1200   |1     |1199|1204         |                  |
    |v2     |commandes@2fa9c1|2026-01-18 10:00:57|40     |1     |39  |1204         |every record traps|
    +-------+----------------+-------------------+-------+------+----+-------------+------------------+

    aggregate `p95` of `p95.wasm`: v1 (commandes@1fa9c1) is live since 2026-01-18 10:00:57
    +-------+----------------+-------------------+
    |version|module          |live_since         |
    +-------+----------------+-------------------+
    |v1     |commandes@1fa9c1|2026-01-18 10:00:57|
    +-------+----------------+-------------------+
    ");
}

#[test]
fn one_that_stands_still() {
    let mut live = version(1, 0);
    live.set_aside = Some("every record traps".to_owned());
    let mut held = module("guest", "orders", vec![live]);
    held.state = ModuleState::Held;
    held.held = Some("every record traps".to_owned());
    assert_snapshot!(text(&report(vec![held])).unwrap(), @"
    pipeline `essai`, process 4711, since 2026-01-18 10:00:00

    guest `orders` of `orders.wasm`: v1 (commandes@1fa9c1) was set aside: every record traps
      the stream stands still: mend the module and save it, and it goes on with the same records
    +-------+----------------+-------------------+-------+------+----+-------------+------------------+
    |version|module          |live_since         |records|errors|rows|fuel_a_record|set_aside         |
    +-------+----------------+-------------------+-------+------+----+-------------+------------------+
    |v1     |commandes@1fa9c1|2026-01-18 10:00:57|0      |1     |0   |NULL         |every record traps|
    +-------+----------------+-------------------+-------+------+----+-------------+------------------+
    ");
}

#[test]
fn before_the_first_record_and_without_modules() {
    let mut waits = version(1, 0);
    waits.since_ms = 0;
    waits.since.clear();
    assert_snapshot!(text(&report(vec![module("guest", "orders", vec![waits])])).unwrap(), @"
    pipeline `essai`, process 4711, since 2026-01-18 10:00:00

    guest `orders` of `orders.wasm`: v1 (commandes@1fa9c1) is live, and waits for its source
    +-------+----------------+----------+-------+------+----+-------------+
    |version|module          |live_since|records|errors|rows|fuel_a_record|
    +-------+----------------+----------+-------+------+----+-------------+
    |v1     |commandes@1fa9c1|NULL      |0      |1     |0   |NULL         |
    +-------+----------------+----------+-------+------+----+-------------+
    ");
    assert_snapshot!(text(&report(Vec::new())).unwrap(), @"
    pipeline `essai`, process 4711, since 2026-01-18 10:00:00
    it has no modules
    ");
}

#[test]
fn what_another_process_says_moves_no_cursor() {
    let mut hostile = version(1, 3);
    hostile.module = "a\x1b[2J".to_owned();
    hostile.set_aside = Some("b\n\u{202e}".to_owned());
    hostile.digest = "\x1b\x1b".to_owned();
    let shown = text(&report(vec![module("guest", "or\x07ders", vec![hostile])])).unwrap();
    let is_plain = |letter: char| letter == '\n' || (!letter.is_control() && letter != '\u{202e}');
    assert!(shown.chars().all(is_plain), "{shown:?}");
}
