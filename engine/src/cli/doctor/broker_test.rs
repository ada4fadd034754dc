use std::sync::Arc as Shared;

use super::super::finding::State;
use super::*;
use crate::batch::TopicPartition;

#[test]
fn topics_are_looked_for_by_name_and_by_pattern() {
    let names = ["orders".to_owned(), "orders-old".to_owned()];
    let said = |wanted: Wanted| {
        let finding = wanted.look(&names, "h:1");
        (finding.state, finding.found, finding.mend)
    };
    assert_eq!(
        said(Wanted::Topic("orders".into())),
        (State::Ok, "`orders`".into(), None)
    );
    assert_eq!(
        said(Wanted::Topic("order".into())),
        (
            State::Missing,
            "`order` is not on `h:1`".into(),
            Some("wasmill topics create order --kafka h:1".into())
        )
    );
    assert_eq!(
        said(Wanted::Pattern("orders.*".into())),
        (State::Ok, "2 topics match `orders.*`".into(), None)
    );
    // The whole name has to match.
    assert_eq!(said(Wanted::Pattern("order".into())).0, State::Missing);
}

#[test]
fn partitions_want_their_topic_once_it_is_counted() {
    let partitions = [0, 1].map(|partition| TopicPartition {
        topic: Shared::from("orders"),
        partition,
    });
    let mut topics = wanted(&Subscription::Partitions(partitions.into_iter().collect()));
    topics.dedup();
    assert_eq!(topics, [Wanted::Topic("orders".into())]);
}
