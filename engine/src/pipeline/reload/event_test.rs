use std::time::Duration;

use super::*;
use crate::batch::TopicPartition;

fn since(topics: &[(&str, i32)]) -> Offsets {
    let place = |(at, (topic, partition)): (usize, &(&str, i32))| {
        let partition = TopicPartition {
            topic: (*topic).into(),
            partition: *partition,
        };
        (partition, 100 + i64::try_from(at).unwrap())
    };
    topics.iter().enumerate().map(place).collect()
}

fn live(since: Offsets) -> String {
    let event = ReloadEvent::Live {
        module: "commandes",
        version: "v12 (commandes@3fa9c1)".to_owned(),
        since,
        canary: None,
        pause: Duration::ZERO,
    };
    event.to_string()
}

#[test]
fn where_a_version_begins() {
    let many: Vec<(&str, i32)> = (0..10).map(|partition| ("t", partition)).collect();
    let told = [
        live(Offsets::new()),
        live(since(&[("t", 0)])),
        live(since(&[("t", 0), ("t", 1)])),
        live(since(&[("t", 0), ("u", 0)])),
        live(since(&many)),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    module `commandes` v12 (commandes@3fa9c1) live
    module `commandes` v12 (commandes@3fa9c1) live since partition 0 offset 100
    module `commandes` v12 (commandes@3fa9c1) live since partition 0 offset 100, partition 1 offset 101
    module `commandes` v12 (commandes@3fa9c1) live since topic `t` partition 0 offset 100, topic `u` partition 0 offset 101
    module `commandes` v12 (commandes@3fa9c1) live since partition 0 offset 100, partition 1 offset 101, partition 2 offset 102, partition 3 offset 103, partition 4 offset 104, partition 5 offset 105, partition 6 offset 106, partition 7 offset 107 and 2 more
    ");
}

#[test]
fn why_a_version_is_not_used() {
    let fault = Fault::guest("it is wrong").hint("mend it");
    let refused = ReloadEvent::Refused {
        module: "commandes",
        step: Step::Canary,
        fault: &fault,
        live: "v11 (commandes@aa01b2)".to_owned(),
    };
    let aside = |back: Option<&str>| {
        let event = ReloadEvent::SetAside {
            guest: "commandes",
            version: "v12 (commandes@3fa9c1)".to_owned(),
            fault: &fault,
            back: back.map(str::to_owned),
        };
        event.to_string()
    };
    let told = [refused.to_string(), aside(Some("v11 (commandes@aa01b2)")), aside(None)];
    insta::assert_snapshot!(told.join("\n"), @"
    module `commandes` was not changed (canary): it is wrong; v11 (commandes@aa01b2) stays live
    hint: mend it
    module `commandes` v12 (commandes@3fa9c1) was set aside: it is wrong; v11 (commandes@aa01b2) is live again, and takes the same records
    module `commandes` v12 (commandes@3fa9c1) was set aside: it is wrong; no version before it can take its place: the offsets stand still
    hint: mend the module and save it: the stream goes on with the same records
    ");
}
