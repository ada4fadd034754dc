use super::*;

#[test]
fn a_topic_is_made_once_and_checked() {
    let broker = Broker::start().unwrap();
    assert!(broker.address().starts_with("127.0.0.1:"));
    broker.create_topic("orders", 3).unwrap();
    assert_eq!(
        broker.create_topic("orders", 1).unwrap_err().to_string(),
        "topic `orders` is there already"
    );
    assert_eq!(
        broker.create_topic("x", 0).unwrap_err().to_string(),
        "a topic has 1 to 1000 partitions, not 0"
    );
    assert!(broker.create_topic("a/b", 1).is_err());
}
