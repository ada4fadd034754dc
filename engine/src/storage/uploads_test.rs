use super::*;

#[test]
fn a_list_is_read() {
    let text = r#"<?xml version="1.0" encoding="UTF-8"?>
<ListMultipartUploadsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Bucket>bronze</Bucket><KeyMarker></KeyMarker><UploadIdMarker></UploadIdMarker>
  <NextKeyMarker>x/b</NextKeyMarker><NextUploadIdMarker>2</NextUploadIdMarker>
  <MaxUploads>1000</MaxUploads><IsTruncated>true</IsTruncated>
  <Upload><Key>x/a&amp;b</Key><UploadId>1</UploadId><Initiator><ID>i</ID></Initiator><StorageClass>STANDARD</StorageClass></Upload>
  <Upload><Key>x/b</Key><UploadId>2</UploadId><Initiated>2026-01-18T10:00:00Z</Initiated></Upload>
</ListMultipartUploadsResult>"#;
    let page: Page = quick_xml::de::from_str(text).unwrap();
    let uploads: Vec<(&str, &str)> = page
        .upload
        .iter()
        .map(|entry| (entry.key.as_str(), entry.upload_id.as_str()))
        .collect();
    assert_eq!(uploads, [("x/a&b", "1"), ("x/b", "2")]);
    assert!(page.is_truncated);
    assert_eq!(
        (page.next_key_marker.as_str(), page.next_upload_id_marker.as_str()),
        ("x/b", "2")
    );
    let none: Page = quick_xml::de::from_str(
        "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>",
    )
    .unwrap();
    assert!(none.upload.is_empty() && !none.is_truncated);
    let refused: Refusal =
        quick_xml::de::from_str("<Error><Code>AccessDenied</Code><Message>no</Message></Error>").unwrap();
    assert_eq!(
        (refused.code.as_str(), refused.message.as_str()),
        ("AccessDenied", "no")
    );
}

#[tokio::test]
async fn the_buckets_address_and_region_are_the_stores() {
    for (endpoint, style, address) in [
        ("http://127.0.0.1:9000", "false", "http://127.0.0.1:9000/boxx"),
        (
            "https://boxx.s3.eu-west-3.amazonaws.com",
            "true",
            "https://boxx.s3.eu-west-3.amazonaws.com/",
        ),
    ] {
        let variables: Vec<(String, String)> = [
            ("AWS_ENDPOINT_URL", endpoint),
            ("AWS_ACCESS_KEY_ID", "a/b"),
            ("AWS_SECRET_ACCESS_KEY", "b"),
            ("AWS_REGION", "eu-west-3"),
            ("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", style),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        let (store, _) = super::super::target::connect("boxx", &variables).unwrap();
        let uploads = Uploads::new(store, &variables);
        let (url, region) = uploads.bucket().await.unwrap();
        assert_eq!((url.as_str(), region.as_str()), (address, "eu-west-3"));
        uploads.client(&url).unwrap();
    }
}

/// Against a real store, if there is one.
#[tokio::test]
async fn uploads_of_a_real_store_are_listed() {
    use object_store::multipart::MultipartStore;
    if std::env::var_os("WASMILL_TEST_S3").is_none() {
        return;
    }
    let variables = super::super::aws_variables();
    let (store, _) = super::super::target::connect("bronze", &variables).unwrap();
    let prefix = format!("tests/uploads-{}", uuid::Uuid::new_v4());
    let path = Path::from(format!("{prefix}/a=b c/part.parquet"));
    let uploads = Uploads::new(store.clone(), &variables);
    let id = store.create_multipart(&path).await.unwrap();
    let listed = uploads.list(&prefix).await.unwrap();
    assert_eq!(listed.uploads, [(path.to_string(), id.clone())]);
    store.abort_multipart(&path, &id).await.unwrap();
    assert_eq!(uploads.list(&prefix).await.unwrap().uploads, []);
    let wrong = variables.iter().cloned().map(|(name, value)| match name.as_str() {
        "AWS_SECRET_ACCESS_KEY" => (name, "wrong".to_owned()),
        _ => (name, value),
    });
    let wrong: Vec<_> = wrong.collect();
    let (store, _) = super::super::target::connect("bronze", &wrong).unwrap();
    let fault = Uploads::new(store, &wrong).list(&prefix).await.unwrap_err();
    assert!(fault.to_string().contains("SignatureDoesNotMatch"), "{fault}");
}
