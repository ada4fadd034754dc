use super::*;

fn parsed(text: &str) -> String {
    format!("{:?}", Target::parse(text).unwrap())
}

fn refused(text: &str) -> String {
    Target::parse(text).unwrap_err().report()
}

fn connected(variables: &[(&str, &str)]) -> Result<Account> {
    let variables: Vec<_> = variables
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    connect("bronze", &variables).map(|(_, account)| account)
}

#[test]
fn addresses_of_folders() {
    insta::assert_snapshot!(parsed("s3://bronze/kafka/items"), @r#"S3 { bucket: "bronze", prefix: Path { raw: "kafka/items" } }"#);
    insta::assert_snapshot!(parsed("s3a://bronze/kafka/items/"), @r#"S3 { bucket: "bronze", prefix: Path { raw: "kafka/items" } }"#);
    insta::assert_snapshot!(parsed("s3://bronze"), @r#"S3 { bucket: "bronze", prefix: Path { raw: "" } }"#);
    insta::assert_snapshot!(parsed("file:///tmp/a%20b"), @r#"Disk("/tmp/a b")"#);
    insta::assert_snapshot!(parsed("out/items"), @r#"Disk("out/items")"#);
    assert_eq!(Target::parse("s3a://b/x/").unwrap().to_string(), "s3://b/x");
}

#[test]
fn what_is_no_address_says_what_would_be() {
    insta::assert_snapshot!(refused("hdfs://namenode/items"), @r#"
    error: can't write to `hdfs://`: `hdfs://namenode/items`

    hint: write `s3://bucket/prefix`, `file:///path` or a path
    "#);
    insta::assert_snapshot!(refused("file://data/items"), @r#"
    error: not the address of a folder on this machine: `file://data/items`

    hint: three slashes, then the path from the root: `file:///data/items`; or a path alone: `data/items`
    "#);
    insta::assert_snapshot!(refused("s3:///items"), @r#"
    error: the bucket is missing: `s3:///items`

    hint: write `s3://bucket/prefix`
    "#);
    insta::assert_snapshot!(refused("s3://my bucket/items"), @r#"
    error: a bucket's name has letters, digits, `-` and `.` only: `s3://my bucket/items`

    hint: write `s3://bucket/prefix`
    "#);
    insta::assert_snapshot!(refused("s3://bronze/a//b"), @r#"
    error: the prefix can't be used: `s3://bronze/a//b`: Path "a//b" contained empty path segment

    hint: write `s3://bucket/prefix`
    "#);
    insta::assert_snapshot!(refused("s3://bronze/../silver"), @r#"
    error: the prefix can't be used: `s3://bronze/../silver`: Error parsing Path "../silver": Encountered illegal character sequence ".." whilst parsing path segment ".."

    hint: write `s3://bucket/prefix`
    "#);
    insta::assert_snapshot!(refused(""), @r#"
    error: the folder has no name

    hint: write `s3://bucket/prefix`, `file:///path` or a path
    "#);
}

#[test]
fn the_usual_variables_make_a_connection() {
    let minio = [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9000"),
        ("AWS_ACCESS_KEY_ID", "minioadmin"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_BUCKET", "elsewhere"),
        ("AWS_PROFILE", "work"),
    ];
    let account = connected(&minio).unwrap();
    assert_eq!(account.endpoint.as_deref(), Some("http://127.0.0.1:9000"));
    assert_eq!(account.bucket, "bronze");
}

#[test]
fn variables_that_make_none_say_which_are_missing() {
    let report = |variables: &[(&str, &str)]| connected(variables).unwrap_err().report();
    insta::assert_snapshot!(report(&[("AWS_ENDPOINT_URL", "localhost:9000")]), @r#"
    error: the endpoint is no address: AWS_ENDPOINT_URL `localhost:9000`

    hint: write `http://localhost:9000`, or `https://` if it has a certificate
    "#);
    insta::assert_snapshot!(report(&[("AWS_ENDPOINT_URL", "http://localhost:9000")]), @r#"
    error: no credentials: bucket `bronze`

    hint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
    "#);
    insta::assert_snapshot!(report(&[("AWS_ACCESS_KEY_ID", "minioadmin")]), @r#"
    error: the `AWS_*` variables don't make a connection: Generic S3 error: Missing SecretAccessKey

    hint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_ENDPOINT_URL for a store of your own
    "#);
}

#[test]
fn an_account_shows_no_secret() {
    let account = connected(&[("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "hush")]).unwrap();
    assert!(!format!("{account:?}").contains("hush"));
}
