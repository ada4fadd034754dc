//! Brokers that are not there, topics that are not there, offsets that are gone.

use wasmill_tests::broker::Kafka;

use super::support::{Desk, transcript};

fn pipeline(topic: &str, more: &str) -> String {
    format!(
        "[source.raw]\nsubscribe = \"{topic}\"\n{more}\n\n\
         [table.text]\nsql = \"SELECT offset, CAST(value AS STRING) AS value FROM raw\"\n\n\
         [sink.screen]\nfrom = \"text\"\nconsole = {{}}\n"
    )
}

#[test]
fn no_broker_is_named() {
    let desk = Desk::with(&[("p.toml", &pipeline("orders", ""))]);
    let said = |arguments: &[&str]| transcript(&desk.wasmill(arguments).fail(), &[]);
    insta::assert_snapshot!(said(&["topics"]), @r"
    status 1
    -- stderr
    error: no broker is named, and no embedded one runs

    hint: name one: `--kafka HOST:PORT`; or start one in another terminal: `wasmill broker`
    ");
    insta::assert_snapshot!(said(&["run", "p.toml"]), @r"
    status 1
    -- stderr
    error: source `raw` has no broker to read from
     --> p.toml:1:9
      |
    1 | [source.raw]
      |         ^^^
      |
    hint: name one with `--kafka HOST:PORT` or in the pipeline's `[kafka]`, or start one: `wasmill broker`

    1 mistake in `p.toml`
    ");
    // To check a pipeline, none is needed.
    desk.wasmill(&["check", "p.toml"]).succeed();
}

#[test]
fn no_broker_answers() {
    let desk = Desk::with(&[("p.toml", &pipeline("orders", ""))]);
    let output = desk.wasmill(&["topics", "--kafka", "127.0.0.1:1"]).fail();
    insta::assert_snapshot!(transcript(&output, &[]), @r"
    status 1
    -- stderr
    no answer from the broker at `127.0.0.1:1` (127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused); trying again until it is back
    error: no answer from the broker at `127.0.0.1:1`: 127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused

    hint: is it running, and is the address right? `wasmill broker` starts one on this machine
    ");
}

#[test]
fn a_stream_waits_for_its_broker_and_says_so_once() {
    let desk = Desk::with(&[("p.toml", &pipeline("orders", ""))]);
    let running = desk.wasmill(&["run", "p.toml", "--kafka", "127.0.0.1:1"]).start();
    let away = "no answer from the broker at `127.0.0.1:1`";
    running.wait_for_stderr("the notice", |stderr| stderr.contains(away).then_some(()));
    running.interrupt();
    let output = running.finish();
    assert_eq!(output.stderr.matches(away).count(), 1, "{output}");
    assert_eq!((output.code, output.stdout.as_str()), (Some(0), ""), "{output}");
}

#[test]
fn a_setting_the_client_does_not_have() {
    let desk = Desk::new();
    let said = |setting: &str| {
        let output = desk
            .wasmill(&["topics", "--kafka", "127.0.0.1:1", "--kafka-setting", setting])
            .fail();
        transcript(&output, &[])
    };
    insta::assert_snapshot!(said("secruity.protocol=SASL_SSL"), @r"
    status 1
    -- stderr
    error: the kafka client has no setting `secruity.protocol`

    hint: did you mean `kafka.security.protocol`?
    ");
    insta::assert_snapshot!(said("security.protocol=TLS"), @r#"
    status 1
    -- stderr
    error: `kafka.security.protocol` can't be `TLS`: Invalid value "TLS" for configuration property "security.protocol"
    "#);
    insta::assert_snapshot!(said("group.id=mine"), @r"
    status 1
    -- stderr
    error: `kafka.group.id` is the engine's own

    hint: offsets are kept in the checkpoint, not in a consumer group
    ");
}

#[test]
fn an_unknown_topic_is_told_with_those_that_look_like_it() {
    let kafka = Kafka::start();
    let topic = kafka.topic_name("commandes-json");
    kafka.create_topic(&topic, 1);
    let unknown = format!("{}x", &topic[..topic.len() - 1]);
    let desk = Desk::with(&[("p.toml", &pipeline(&unknown, ""))]);
    let names = [
        (unknown.as_str(), "UNKNOWN"),
        (topic.as_str(), "TOPIC"),
        (kafka.address(), "BROKER"),
    ];
    let run = kafka.wasmill(["run", "--once", "p.toml"]).within(desk.path()).fail();
    assert!(run.stderr.contains(&topic), "{run}");
    let show = kafka.wasmill(["show", &unknown]).fail();
    assert_eq!(run.code, Some(1));
    assert_eq!(show.code, Some(1));
    if !kafka.is_real() {
        insta::assert_snapshot!(transcript(&run, &names), @r"
        status 1
        -- stderr
        error: there is no topic `UNKNOWN` on `BROKER`: source `raw`

        hint: did you mean `TOPIC`? `wasmill topics create UNKNOWN` makes a new one
        ");
        insta::assert_snapshot!(transcript(&show, &names), @r"
        status 1
        -- stderr
        error: there is no topic `UNKNOWN` on `BROKER`: source `show`

        hint: did you mean `TOPIC`? `wasmill topics create UNKNOWN` makes a new one
        ");
    }
}

#[test]
fn offsets_that_are_not_there() {
    let kafka = Kafka::start();
    let topic = kafka.topic_name("commandes-json");
    kafka.create_topic(&topic, 1);
    let desk = Desk::with(&[("r.jsonl", "{\"value\": \"a\"}\n{\"value\": \"b\"}\n")]);
    kafka.produce(&topic, &desk.path().join("r.jsonl"));
    let run = |options: &str| {
        let options = options.replace("TOPIC", &topic);
        desk.write("p.toml", pipeline(&topic, &options).as_bytes());
        let output = kafka.wasmill(["run", "--once", "p.toml"]).within(desk.path()).output();
        transcript(&output, &[(&topic, "TOPIC")])
    };
    let beyond = "starting_offsets = { \"TOPIC\" = { \"0\" = 99 } }";
    insta::assert_snapshot!(run(beyond), @r"
    status 1
    -- stderr
    error: records are gone: topic `TOPIC` partition 0 ends at offset 2, but was read up to 99 (was it deleted and made again?): source `raw`

    hint: `fail_on_data_loss = false` goes on with what is there; `wasmill checkpoint clear` begins anew
    ");
    insta::assert_snapshot!(run(&format!("{beyond}\nfail_on_data_loss = false")), @r#"
    status 0
    -- stdout
    +------+--------------+
    |offset|         value|
    +------+--------------+
    |     0|{"value": "a"}|
    |     1|{"value": "b"}|
    +------+--------------+

    -- stderr
    records are gone: topic `TOPIC` partition 0 ends at offset 2, but was read up to 99 (was it deleted and made again?)
    "#);
    insta::assert_snapshot!(run("starting_offsets = { \"TOPIC\" = { \"7\" = 0 } }"), @r"
    status 1
    -- stderr
    error: `starting_offsets` leaves partitions out: source `raw`: topic `TOPIC` partition 0

    hint: name every partition; -2 is the earliest offset, -1 the latest
    ");
    insta::assert_snapshot!(run("starting_offsets = { \"TOPIC\" = { \"0\" = 2 } }"), @r"
    status 0
    -- stdout
    +------+-----+
    |offset|value|
    +------+-----+
    +------+-----+

    -- stderr
    0 records; partition 0 starts at offset 0 and was read to its end at 2
    ");
}

#[test]
fn a_topic_deleted_while_it_is_read() {
    let kafka = Kafka::start();
    if !kafka.is_real() {
        // The embedded broker can't delete topics.
        return;
    }
    let topic = kafka.topic_name("commandes-json");
    kafka.create_topic(&topic, 1);
    let desk = Desk::with(&[
        ("r.jsonl", "{\"value\": \"a\"}\n"),
        ("p.toml", &pipeline(&topic, "starting_offsets = \"earliest\"")),
    ]);
    kafka.produce(&topic, &desk.path().join("r.jsonl"));
    let running = kafka
        .wasmill(["run", "--output", "json", "p.toml"])
        .within(desk.path())
        .start();
    running.wait_for_stdout("the record", |stdout| stdout.contains("\"offset\":0").then_some(()));
    kafka.wasmill(["topics", "delete", &topic]).succeed();
    let output = running.finish();
    assert_eq!(output.code, Some(1), "{output}");
    assert!(
        output.stderr.contains("error: ") && output.stderr.contains(&topic),
        "{output}"
    );
    assert!(output.stderr.contains("hint: "), "{output}");
}
