//! `wasmill topics`, `show` and `broker`.

use wasmill_tests::broker::Kafka;

use super::support::{Desk, transcript};

#[test]
fn topics_are_made_and_listed() {
    let kafka = Kafka::start();
    let (a, b) = (kafka.topic_name("commandes"), kafka.topic_name("commandes-json"));
    if !kafka.is_real() {
        insta::assert_snapshot!(transcript(&kafka.wasmill(["topics"]).succeed(), &[]), @r"
        status 0
        -- stderr
        no topics; `wasmill topics create NAME` makes one
        ");
    }
    let names = [(b.as_str(), "commandes-json"), (a.as_str(), "commandes")];
    let made = kafka
        .wasmill(["topics", "create", &a, &b, "--partitions", "2"])
        .succeed();
    insta::assert_snapshot!(transcript(&made, &names), @r"
    status 0
    -- stderr
    created topic `commandes` with 2 partitions
    created topic `commandes-json` with 2 partitions
    ");
    let again = kafka.wasmill(["topics", "create", &a]).fail();
    insta::assert_snapshot!(transcript(&again, &names), @r"
    status 1
    -- stderr
    error: topic `commandes` is there already

    hint: `wasmill topics` lists them; `wasmill topics delete` deletes one
    ");
    kafka
        .wasmill(["produce", &a, "--generate", "logs", "--count", "7"])
        .succeed();
    let listed = kafka.wasmill(["topics"]).succeed();
    if kafka.is_real() {
        assert!(
            listed
                .stdout
                .lines()
                .any(|line| line.starts_with(&a) && line.ends_with(" 7")),
            "{listed}"
        );
    } else {
        insta::assert_snapshot!(transcript(&listed, &[]), @r"
        status 0
        -- stdout
        topic           partitions  records
        commandes                2        7
        commandes-json           2        0
        ");
    }
}

#[test]
fn topics_are_deleted_with_their_records() {
    let kafka = Kafka::start();
    let topic = kafka.topic_name("commandes");
    kafka.create_topic(&topic, 1);
    let deleted = kafka.wasmill(["topics", "delete", &topic]).output();
    if kafka.is_real() {
        insta::assert_snapshot!(transcript(&deleted, &[(&topic, "commandes")]), @r"
        status 0
        -- stderr
        deleted topic `commandes`
        ");
        let again = kafka.wasmill(["topics", "delete", &topic]).fail();
        let gone = format!("error: there is no topic `{topic}` on `{}`\n\nhint: ", kafka.address());
        assert!(again.stderr.contains(&gone), "{again}");
    } else {
        assert_eq!(deleted.code, Some(1), "{deleted}");
        insta::assert_snapshot!(transcript(&deleted, &[]), @r"
        status 1
        -- stderr
        error: topic `commandes` can't be deleted: the embedded broker keeps its topics

        hint: they are gone when it stops; a real Kafka can delete topics
        ");
    }
}

#[test]
fn an_empty_topic_says_so() {
    let kafka = Kafka::start();
    let topic = kafka.topic_name("commandes");
    kafka.create_topic(&topic, 1);
    let shown = kafka.wasmill(["show", &topic]).succeed();
    insta::assert_snapshot!(transcript(&shown, &[(&topic, "commandes")]), @r"
    status 0
    -- stdout
    Messages lus: 0
    root
     |-- key: binary (nullable = true)
     |-- value: binary (nullable = true)
     |-- topic: string (nullable = true)
     |-- partition: integer (nullable = true)
     |-- offset: long (nullable = true)
     |-- timestamp: timestamp (nullable = true)
     |-- timestampType: integer (nullable = true)

    +---+-----+-----+---------+------+---------+
    |key|value|topic|partition|offset|timestamp|
    +---+-----+-----+---------+------+---------+
    +---+-----+-----+---------+------+---------+

    -- stderr
    0 records; partition 0 was never written to
    ");
}

#[test]
fn show_takes_spark_s_options() {
    let kafka = Kafka::start();
    let topic = kafka.topic_name("commandes");
    kafka.create_topic(&topic, 1);
    let desk = Desk::with(&[(
        "r.jsonl",
        "{\"key\": \"k1\", \"value\": \"abcdefghijklmnopqrstuvwxyz\", \"timestamp\": 1}\n{\"key\": null, \"value\": null, \"timestamp\": 2}\n",
    )]);
    kafka.produce(&topic, &desk.path().join("r.jsonl"));
    let show = |arguments: &[&str]| {
        let command = kafka.wasmill(["show", &topic]);
        let output = arguments
            .iter()
            .fold(command, |command, argument| command.arg(argument))
            .succeed();
        // The schema is the same every time.
        let (_, table) = output.stdout.split_once("\n\n").unwrap();
        table.replace(&topic, "commandes")
    };
    insta::assert_snapshot!(show(&["-n", "1", "--truncate", "10"]), @r"
    +---+----------+---------+---------+------+----------+
    |key|     value|    topic|partition|offset| timestamp|
    +---+----------+---------+---------+------+----------+
    | k1|abcdefg...|commandes|        0|     0|1970-01...|
    +---+----------+---------+---------+------+----------+
    only showing top 1 row
    ");
    insta::assert_snapshot!(show(&["--truncate", "0"]), @r"
    +----+--------------------------+---------+---------+------+-----------------------+
    |key |value                     |topic    |partition|offset|timestamp              |
    +----+--------------------------+---------+---------+------+-----------------------+
    |k1  |abcdefghijklmnopqrstuvwxyz|commandes|0        |0     |1970-01-01 00:00:00.001|
    |NULL|NULL                      |commandes|0        |1     |1970-01-01 00:00:00.002|
    +----+--------------------------+---------+---------+------+-----------------------+
    ");
    insta::assert_snapshot!(show(&["--vertical", "-n", "1"]), @r"
    -RECORD 0-------------------------------
     key       | k1                         
     value     | abcdefghijklmnopqrstuvwxyz 
     topic     | commandes                  
     partition | 0                          
     offset    | 0                          
     timestamp | 1970-01-01 00:00:00.001    
    only showing top 1 row
    ");
}

#[test]
fn the_embedded_broker_is_found_by_other_commands() {
    let desk = Desk::new();
    let broker = desk
        .wasmill(&["broker", "--topic", "commandes", "--partitions", "2"])
        .start();
    broker.wait_for_stdout("the address", |stdout| stdout.contains('\n').then_some(()));
    let listed = desk.wasmill(&["topics"]).succeed();
    insta::assert_snapshot!(listed.stdout, @r"
    topic      partitions  records
    commandes           2        0
    ");
    let second = desk.wasmill(&["broker"]).start();
    second.wait_for_stderr("what it says", |stderr| stderr.contains("--kafka").then_some(()));
    second.interrupt();
    let second = second.finish();
    assert!(second.stderr.contains("a broker is running already"), "{second}");
    assert_eq!(second.code, Some(0), "{second}");
    broker.interrupt();
    let broker = broker.finish();
    assert_eq!(broker.code, Some(0), "{broker}");
    assert_eq!(broker.stdout.lines().count(), 1, "{broker}");
    insta::assert_snapshot!(broker.stderr, @r"
    other wasmill commands find this broker; Ctrl-C stops it, and its records are gone
    it keeps about 5 MB a partition, and knows neither look-ups by time nor transactions
    ");
    desk.wasmill(&["topics"]).fail();
}
