use std::path::Path;

use super::*;

fn account(endpoint: Option<&str>) -> Account {
    Account {
        bucket: "bronze".into(),
        endpoint: endpoint.map(str::to_owned),
        has_credentials: true,
    }
}

/// What `object_store` makes of an answer of S3.
fn answered(status: &str, code: &str, message: &str) -> object_store::Error {
    let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    object_store::Error::Generic {
        store: "S3",
        source: format!("Server returned non-2xx status code: {status}: {body}").into(),
    }
}

fn report(error: object_store::Error) -> String {
    store_fault(&account(Some("http://127.0.0.1:9000")), "s3://bronze/items", error).report()
}

#[test]
fn a_bucket_that_is_not_there() {
    let missing = || answered("404 Not Found", "NoSuchBucket", "The specified bucket does not exist");
    insta::assert_snapshot!(report(missing()), @r#"
    error: there is no bucket `bronze`: `s3://bronze/items`: The specified bucket does not exist

    hint: create it there, or correct the address; asked was http://127.0.0.1:9000 (AWS_ENDPOINT_URL)
    "#);
    insta::assert_snapshot!(store_fault(&account(None), "s3://bronze/items", missing()).report(), @r#"
    error: there is no bucket `bronze`: `s3://bronze/items`: The specified bucket does not exist

    hint: create it (`aws s3 mb s3://bronze`), or set AWS_ENDPOINT_URL if it is in a store of your own
    "#);
}

#[test]
fn credentials_that_are_refused() {
    insta::assert_snapshot!(report(answered("403 Forbidden", "InvalidAccessKeyId", "The key does not exist")), @r#"
    error: the store refused the credentials (`InvalidAccessKeyId`): `s3://bronze/items`: The key does not exist

    hint: check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for temporary ones, AWS_SESSION_TOKEN
    "#);
    insta::assert_snapshot!(report(answered("400 Bad Request", "ExpiredToken", "The token has expired")), @r#"
    error: the store refused the credentials (`ExpiredToken`): `s3://bronze/items`: The token has expired

    hint: check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for temporary ones, AWS_SESSION_TOKEN
    "#);
    insta::assert_snapshot!(report(answered("403 Forbidden", "AccessDenied", "Access Denied.")), @r#"
    error: these credentials have no right to this in bucket `bronze`: `s3://bronze/items`: Access Denied.

    hint: they need to list the bucket, get, put and delete objects, and abort uploads
    "#);
}

#[test]
fn a_bucket_elsewhere_and_an_upload_that_is_gone() {
    insta::assert_snapshot!(report(answered("301 Moved", "PermanentRedirect", "Use the other endpoint")), @r#"
    error: bucket `bronze` is in another region: `s3://bronze/items`: Use the other endpoint

    hint: set AWS_REGION to the bucket's region
    "#);
    insta::assert_snapshot!(report(answered("404 Not Found", "NoSuchUpload", "It may have been aborted")), @r#"
    error: the store has forgotten the upload: `s3://bronze/items`: It may have been aborted

    hint: something removes unfinished uploads too soon: see the bucket's lifecycle rules
    "#);
    insta::assert_snapshot!(report(answered("409 Conflict", "OperationAborted", "A conflicting operation")), @r#"
    error: the store refused: `s3://bronze/items`: A conflicting operation

    hint: the store's own log may say why
    "#);
}

#[test]
fn a_store_that_is_busy_or_away_may_be_tried_again() {
    let busy = || answered("503 Service Unavailable", "SlowDown", "Please reduce your request rate");
    insta::assert_snapshot!(report(busy()), @r#"
    error: the store is busy: `s3://bronze/items`: Please reduce your request rate

    hint: try again later; the store's own log may say why
    "#);
    let away = || object_store::Error::Generic {
        store: "S3",
        source: io::Error::from(io::ErrorKind::ConnectionRefused).into(),
    };
    insta::assert_snapshot!(report(away()), @r#"
    error: no answer from http://127.0.0.1:9000: `s3://bronze/items`: connection refused

    hint: is the store running, and is AWS_ENDPOINT_URL its address?
    "#);
    insta::assert_snapshot!(store_fault(&account(None), "s3://bronze/items", away()).report(), @r#"
    error: no answer from Amazon S3: `s3://bronze/items`: connection refused

    hint: is this machine online? For a store of your own set AWS_ENDPOINT_URL
    "#);
    for error in [busy(), away()] {
        assert!(store_fault(&account(None), "s3://bronze", error).may_retry());
    }
    let nobody = Account {
        has_credentials: false,
        ..account(None)
    };
    let fault = store_fault(&nobody, "s3://bronze", away());
    insta::assert_snapshot!(fault.report(), @r#"
    error: no credentials: `s3://bronze`: connection refused

    hint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_ENDPOINT_URL for a store of your own
    "#);
    assert!(!fault.may_retry());
}

#[test]
fn disks_refuse_too() {
    let report =
        |kind: io::ErrorKind| disk_fault("write to the folder", Path::new("/data/items"), kind.into()).report();
    insta::assert_snapshot!(report(io::ErrorKind::PermissionDenied), @r#"
    error: can't write to the folder: `/data/items`: permission denied

    hint: the folder must be writable for the user that runs wasmill
    "#);
    insta::assert_snapshot!(report(io::ErrorKind::StorageFull), @r#"
    error: can't write to the folder: `/data/items`: no storage space

    hint: make room, or write to another disk
    "#);
    insta::assert_snapshot!(report(io::ErrorKind::NotADirectory), @r#"
    error: can't write to the folder: `/data/items`: not a directory

    hint: a file stands where a folder is needed
    "#);
    insta::assert_snapshot!(report(io::ErrorKind::Interrupted), @"error: can't write to the folder: `/data/items`: operation interrupted");
}
