use super::*;
use crate::error::Kind;

#[tokio::test]
async fn a_folder_is_looked_at_and_not_made() {
    let desk = tempfile::tempdir().unwrap();
    let folder = desk.path().join("a/b");
    let shown = probe(folder.to_str().unwrap(), &[]).await.unwrap();
    assert_eq!(shown, folder.display().to_string());
    assert_eq!(std::fs::read_dir(desk.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_file_in_the_way_is_told() {
    let desk = tempfile::tempdir().unwrap();
    std::fs::write(desk.path().join("a"), "").unwrap();
    let fault = probe(desk.path().join("a/b").to_str().unwrap(), &[]).await.unwrap_err();
    assert_eq!(fault.kind(), Kind::Machine, "{fault}");
}

#[tokio::test]
async fn a_store_that_is_away_or_without_credentials_is_told_soon() {
    let endpoint = ("AWS_ENDPOINT_URL".to_owned(), "http://127.0.0.1:1".to_owned());
    let fault = probe("s3://bucket/a", std::slice::from_ref(&endpoint))
        .await
        .unwrap_err();
    assert_eq!(fault.to_string(), "no credentials: bucket `bucket`");
    let with_key = [
        endpoint,
        ("AWS_ACCESS_KEY_ID".to_owned(), "key".to_owned()),
        ("AWS_SECRET_ACCESS_KEY".to_owned(), "secret".to_owned()),
    ];
    let fault = probe("s3://bucket/a", &with_key).await.unwrap_err();
    assert_eq!(fault.kind(), Kind::Unavailable, "{fault}");
}
