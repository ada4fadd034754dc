use super::super::cluster_test::*;
use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn topics_are_listed_with_what_is_in_them() {
    let cluster = Cluster::new();
    let topic = cluster.topic("listed", 2).await;
    cluster.produce(&topic, &[(1, "a"), (1, "b")]).await;
    let topics = cluster.admin().topics().await.unwrap();
    let found = topics.iter().find(|one| one.name == topic).unwrap();
    assert_eq!(
        found.partitions,
        [
            PartitionInfo {
                partition: 0,
                earliest: 0,
                latest: 0
            },
            PartitionInfo {
                partition: 1,
                earliest: 0,
                latest: 2
            },
        ]
    );
    assert_eq!(found.records(), 2);
    assert_eq!(*found, cluster.admin().topic(&topic).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_broker_says_what_it_does_not_do() {
    let cluster = Cluster::embedded();
    let topic = cluster.topic("fixed", 1).await;
    let fault = cluster.admin().create("other", 1, &[]).await.unwrap_err();
    assert_eq!(
        fault.to_string(),
        "topic `other` can't be made over the embedded broker's kafka port"
    );
    let fault = cluster.admin().delete(&topic).await.unwrap_err();
    assert_eq!(
        fault.to_string(),
        format!("topic `{topic}` can't be deleted: the embedded broker keeps its topics")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_are_made_and_deleted() {
    let Some(cluster) = real_only() else { return };
    let admin = cluster.admin();
    // Made by `topic`, and there when it returns.
    let topic = cluster.topic("made", 3).await;
    assert_eq!(admin.topic(&topic).await.unwrap().partitions.len(), 3);
    assert_eq!(admin.create(&topic, 3, &[]).await.unwrap(), Created::AlreadyThere);
    admin.delete(&topic).await.unwrap();
    let fault = admin.delete(&topic).await.unwrap_err();
    assert!(
        fault.to_string().starts_with(&format!("there is no topic `{topic}`")),
        "{fault}"
    );

    let fault = admin.create("no good", 1, &[]).await.unwrap_err();
    assert!(
        fault.to_string().starts_with("topic `no good` can't be made: "),
        "{fault}"
    );
    let setting = ("retention.ms".to_owned(), "soon".to_owned());
    let fault = admin.create("badly-set", 1, &[setting]).await.unwrap_err();
    assert!(
        fault.to_string().starts_with("topic `badly-set` can't be made: "),
        "{fault}"
    );
}
