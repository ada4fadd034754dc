//! Places that can't be written to.

use wasmill_tests::broker::Kafka;

use super::support::{Desk, transcript};

const PIPELINE: &str = "[source.raw]\nreplay = \"r.jsonl\"\n\n[sink.files]\nfrom = \"raw\"\nparquet = \"out\"\nmode = \"error_if_exists\"\n";

fn desk() -> Desk {
    Desk::with(&[("p.toml", PIPELINE), ("r.jsonl", "{\"a\": 1}\n{\"a\": 2}\n")])
}

#[test]
fn a_folder_that_is_there_is_not_written_over() {
    let desk = desk();
    desk.wasmill(&["run", "--once", "p.toml"]).succeed();
    let again = desk.wasmill(&["run", "--once", "p.toml"]).fail();
    let place = desk.path().canonicalize().unwrap().display().to_string();
    insta::assert_snapshot!(transcript(&again, &[(&place, "FOLDER")]), @r#"
    status 1
    -- stderr
    error: there are 1 file already: sink `files`: folder `out`

    hint: `mode = "append"` adds to them, `mode = "overwrite"` replaces them
    "#);
}

#[test]
fn a_file_stands_where_the_folder_should() {
    let desk = desk();
    desk.write("out", b"");
    let refused = desk.wasmill(&["run", "--once", "p.toml"]).fail();
    let place = desk.path().canonicalize().unwrap().display().to_string();
    insta::assert_snapshot!(transcript(&refused, &[(&place, "FOLDER")]), @r"
    status 1
    -- stderr
    error: can't create the folder: sink `files`: `out`: File exists (os error 17)

    hint: a file stands where a folder is needed
    ");
}

#[test]
fn a_store_that_does_not_answer() {
    let desk = desk();
    let output = desk
        .wasmill(&[
            "run",
            "--once",
            "p.toml",
            "--set",
            "sink.files.parquet=s3://bronze/tests/never",
        ])
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("AWS_ACCESS_KEY_ID", "a")
        .env("AWS_SECRET_ACCESS_KEY", "b")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ALLOW_HTTP", "true")
        .fail();
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.contains("sink `files`"), "{output}");
    assert!(output.stderr.contains("127.0.0.1:1"), "{output}");
}

#[test]
fn a_bucket_that_is_not_there_and_credentials_that_are_refused() {
    let Ok(endpoint) = std::env::var("WASMILL_TEST_S3") else {
        return;
    };
    let desk = desk();
    let run = |url: &str| desk.wasmill(&["run", "--once", "p.toml", "--set", &format!("sink.files.parquet={url}")]);
    let said = |output| transcript(&output, &[(&endpoint, "ENDPOINT")]);
    insta::assert_snapshot!(said(run("s3://no-such-bucket/x").fail()), @r"
    status 1
    -- stderr
    error: there is no bucket `no-such-bucket`: sink `files`: `s3://no-such-bucket/x`: The specified bucket does not exist

    hint: create it there, or correct the address; asked was ENDPOINT (AWS_ENDPOINT_URL)
    ");
    let key = std::env::var("AWS_ACCESS_KEY_ID").unwrap();
    let refused = run("s3://bronze/tests/never")
        .env("AWS_SECRET_ACCESS_KEY", "wrong")
        .fail();
    assert!(!refused.stderr.contains("wrong"), "{refused}");
    insta::assert_snapshot!(said(refused).replace(&format!("`{key}`"), "`KEY`"), @r"
    status 1
    -- stderr
    error: the store refused the credentials (`SignatureDoesNotMatch`): sink `files`: `s3://bronze/tests/never`: The request signature we calculated does not match the signature you provided. Check your key and signing method.

    hint: check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for temporary ones, AWS_SESSION_TOKEN
    ");
    insta::assert_snapshot!(said(run("s3://bronze/tests/never").env("AWS_ACCESS_KEY_ID", "nobody").fail()), @r"
    status 1
    -- stderr
    error: the store refused the credentials (`InvalidAccessKeyId`): sink `files`: `s3://bronze/tests/never`: The Access Key Id you provided does not exist in our records.

    hint: check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for temporary ones, AWS_SESSION_TOKEN
    ");
}

#[test]
fn nothing_is_lost_by_a_run_that_failed() {
    let kafka = Kafka::start();
    let topic = kafka.topic_name("commandes-json");
    kafka.create_topic(&topic, 1);
    let desk = desk();
    desk.write("out", b"");
    kafka.produce(&topic, &desk.path().join("r.jsonl"));
    let pipeline = PIPELINE.replace("replay = \"r.jsonl\"", &format!("subscribe = \"{topic}\""));
    desk.write("p.toml", pipeline.as_bytes());
    let run = || kafka.wasmill(["run", "--once", "p.toml"]).within(desk.path());
    run().fail();
    std::fs::remove_file(desk.path().join("out")).unwrap();
    run().succeed();
    assert_eq!(wasmill_tests::parquet::rows(&desk.path().join("out")).len(), 2);
}
