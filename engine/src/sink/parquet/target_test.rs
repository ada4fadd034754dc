use super::*;

fn parsed(text: &str) -> String {
    format!("{:?}", Target::parse(text).unwrap())
}

fn refused(text: &str) -> String {
    Target::parse(text).unwrap_err().report()
}

fn connected(variables: &[(&str, &str)]) -> Result<Account> {
    let variables: Vec<_> = variables.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    connect("bronze", &variables).map(|(_, account)| account)
}

#[test]
fn addresses_of_folders() {
    insta::assert_snapshot!(parsed("s3://bronze/kafka/items"), @"");
    insta::assert_snapshot!(parsed("s3a://bronze/kafka/items/"), @"");
    insta::assert_snapshot!(parsed("s3://bronze"), @"");
    insta::assert_snapshot!(parsed("file:///tmp/a%20b"), @"");
    insta::assert_snapshot!(parsed("out/items"), @"");
    assert_eq!(Target::parse("s3a://b/x/").unwrap().to_string(), "s3://b/x");
}

#[test]
fn what_is_no_address_says_what_would_be() {
    insta::assert_snapshot!(refused("hdfs://namenode/items"), @"");
    insta::assert_snapshot!(refused("file://data/items"), @"");
    insta::assert_snapshot!(refused("s3:///items"), @"");
    insta::assert_snapshot!(refused("s3://my bucket/items"), @"");
    insta::assert_snapshot!(refused("s3://bronze/a//b"), @"");
    insta::assert_snapshot!(refused("s3://bronze/../silver"), @"");
    insta::assert_snapshot!(refused(""), @"");
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
    insta::assert_snapshot!(report(&[("AWS_ENDPOINT_URL", "localhost:9000")]), @"");
    insta::assert_snapshot!(report(&[("AWS_ENDPOINT_URL", "http://localhost:9000")]), @"");
    insta::assert_snapshot!(report(&[("AWS_ACCESS_KEY_ID", "minioadmin")]), @"");
}

#[test]
fn an_account_shows_no_secret() {
    let account = connected(&[("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "hush")]).unwrap();
    assert!(!format!("{account:?}").contains("hush"));
}
