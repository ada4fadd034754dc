use super::*;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Contents {
    token: String,
    port: u16,
}

fn contents(token: &str) -> Contents {
    Contents {
        token: token.to_owned(),
        port: 7,
    }
}

fn published(folder: &Path, file: &str, token: &str) -> Announced {
    publish(folder, file, token, &contents(token)).unwrap()
}

#[test]
fn a_file_is_there_until_its_owner_goes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("wasmill");
    assert_eq!(read::<Contents>(&folder, "a.json"), None);
    let ours = published(&folder, "a.json", "one");
    assert_eq!(read(&folder, "a.json"), Some(contents("one")));
    drop(ours);
    assert!(list(&folder, "", "").is_empty());
}

#[test]
fn another_s_file_stays() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("wasmill");
    let first = published(&folder, "a.json", "one");
    let second = published(&folder, "a.json", "two");
    drop(first);
    remove(&folder, "a.json", "three");
    assert_eq!(read(&folder, "a.json"), Some(contents("two")));
    drop(second);
    assert_eq!(read::<Contents>(&folder, "a.json"), None);
}

#[test]
fn files_are_listed_by_the_ends_of_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("wasmill");
    let _held: Vec<Announced> = ["run-2.json", "run-1.json", "broker.json"]
        .iter()
        .map(|file| published(&folder, file, file))
        .collect();
    fs::write(folder.join("run-3.json.77"), "unfinished").unwrap();
    assert_eq!(list(&folder, "run-", ".json"), ["run-1.json", "run-2.json"]);
    assert!(list(&folder.join("nowhere"), "", "").is_empty());
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_the_token_or_writes_the_folder() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("wasmill");
    let _held = published(&folder, "a.json", "one");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&folder.join("a.json"))), (0o700, 0o600));

    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    assert_eq!(
        read::<Contents>(&folder, "a.json"),
        None,
        "someone else may have put the file there"
    );
    assert!(publish(&folder, "b.json", "two", &contents("two")).is_err());
}

#[test]
fn tokens_differ() {
    let (one, other) = (token(), token());
    assert_eq!(one.len(), 64);
    assert_ne!(one, other);
}
