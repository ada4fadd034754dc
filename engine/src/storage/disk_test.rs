use super::*;

fn disk() -> (tempfile::TempDir, Disk) {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::new(folder.path().join("root"));
    (folder, disk)
}

#[tokio::test]
async fn of_several_who_create_one_succeeds() {
    let (_folder, disk) = disk();
    let tries = (0..8).map(|number| {
        let disk = disk.clone();
        async move { disk.create("a/1.json", Bytes::from(number.to_string())).await.unwrap() }
    });
    let created = futures::future::join_all(tries).await;
    assert_eq!(created.iter().filter(|created| **created == Created::New).count(), 1);
    let first = created.iter().position(|created| *created == Created::New).unwrap();
    let there = disk.get("a/1.json").await.unwrap().unwrap();
    assert_eq!(there, first.to_string().as_bytes());
    assert_eq!(disk.list().await.unwrap(), ["a/1.json"]);
}

#[tokio::test]
async fn a_file_is_put_over_another_and_is_gone_when_it_is_removed() {
    let (_folder, disk) = disk();
    assert_eq!(disk.get("a").await.unwrap(), None);
    assert_eq!(disk.list().await.unwrap(), [""; 0]);
    disk.put("a", Bytes::from_static(b"1")).await.unwrap();
    disk.put("a", Bytes::from_static(b"2")).await.unwrap();
    assert_eq!(disk.get("a").await.unwrap().unwrap(), "2".as_bytes());
    assert_eq!(disk.create("a", Bytes::new()).await.unwrap(), Created::AlreadyThere);
    disk.remove(vec!["a".to_owned(), "never".to_owned()]).await.unwrap();
    assert_eq!(disk.get("a").await.unwrap(), None);
}

#[tokio::test]
async fn what_a_process_that_died_left_is_in_nobodys_way() {
    let (_folder, disk) = disk();
    disk.put("a", Bytes::from_static(b"1")).await.unwrap();
    let left = [".b.tmp", ".b.0.tmp", ".a.0.tmp"];
    for name in left {
        fs::write(disk.root.join(name), "half").unwrap();
    }
    assert_eq!(disk.create("b", Bytes::from_static(b"2")).await.unwrap(), Created::New);
    disk.put("a", Bytes::from_static(b"3")).await.unwrap();
    assert_eq!(disk.get("b").await.unwrap().unwrap(), "2".as_bytes());
    let mut there = disk.list().await.unwrap();
    there.sort();
    assert_eq!(there, [".a.0.tmp", ".b.0.tmp", ".b.tmp", "a", "b"]);
}

#[tokio::test]
async fn hidden_files_are_told_with_the_path_they_would_have() {
    let (_folder, disk) = disk();
    let mut upload = disk.begin("day=1/part.parquet".to_owned()).await.unwrap();
    upload.write(vec![Bytes::from_static(b"rows")]).await.unwrap();
    disk.put("visible", Bytes::new()).await.unwrap();
    let hidden = disk.hidden().await.unwrap();
    let [file] = hidden.as_slice() else {
        panic!("{hidden:?}")
    };
    assert_eq!(file.path, "day=1/part.parquet");
    assert_eq!(file.hidden, Hidden::File("day=1/.part.parquet.tmp".to_owned()));
    let prepared = upload.prepare().await.unwrap();
    disk.complete(&prepared.path, "day=1/.part.parquet.tmp").await.unwrap();
    assert_eq!(disk.hidden().await.unwrap(), []);
}
