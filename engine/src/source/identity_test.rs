use super::*;

fn identity(cluster: Option<&str>, topics: &[(&str, &str)]) -> Identity {
    let topics = topics.iter().map(|(topic, id)| (Arc::from(*topic), (*id).to_owned()));
    Identity {
        cluster: cluster.map(str::to_owned),
        topics: topics.collect(),
    }
}

fn others(before: &Identity, now: Identity) -> Vec<String> {
    let topics: Vec<Arc<str>> = ["a", "b"].map(Arc::from).to_vec();
    let mut known = Known::of(now);
    known.recall(before, topics.iter());
    let others = topics.iter().filter(|topic| known.is_other(topic));
    others.map(ToString::to_string).collect()
}

#[test]
fn a_topic_is_another_if_its_id_is() {
    let before = identity(Some("one"), &[("a", "1"), ("b", "2")]);
    assert!(others(&before, before.clone()).is_empty());
    assert_eq!(others(&before, identity(Some("one"), &[("a", "3"), ("b", "2")])), ["a"]);
    // A copy of the cluster has the same topics.
    assert!(others(&before, identity(Some("two"), &[("a", "1"), ("b", "2")])).is_empty());
    // One that is away is told elsewhere.
    assert!(others(&before, identity(Some("one"), &[("b", "2")])).is_empty());
}

#[test]
fn from_a_broker_without_ids_to_one_with_them_every_topic_is_another() {
    let embedded = identity(Some("mockCluster"), &[]);
    let real = identity(Some("one"), &[("a", "1"), ("b", "2")]);
    assert_eq!(others(&embedded, real.clone()), ["a", "b"]);
    assert_eq!(others(&real, embedded), ["a", "b"]);
}

#[test]
fn without_ids_the_cluster_tells() {
    let before = identity(Some("one"), &[]);
    assert!(others(&before, identity(Some("one"), &[])).is_empty());
    assert_eq!(others(&before, identity(Some("two"), &[])), ["a", "b"]);
    assert!(others(&before, identity(None, &[])).is_empty());
    assert!(others(&identity(None, &[]), before).is_empty());
}

#[test]
fn a_topic_that_is_made_again_meanwhile_is_told_until_it_is_taken_into_account() {
    let mut known = Known::of(identity(None, &[("a", "1")]));
    known.look(identity(None, &[("a", "1"), ("b", "2")]));
    let again = identity(None, &[("a", "9"), ("b", "2")]);
    let others = known.would_be_others(&again);
    known.look(again);
    assert_eq!(
        others.into_iter().map(|topic| topic.to_string()).collect::<Vec<_>>(),
        ["a"]
    );
    assert!(known.is_other(&Arc::from("a")));
    // Until then a checkpoint says what was read, and not what is there.
    assert_eq!(known.read().topics["a"], "1");
    known.settle();
    assert_eq!(known.read().topics["a"], "9");
    assert!(!known.is_other(&Arc::from("a")));
}
