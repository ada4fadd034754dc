use super::*;

#[test]
fn two_folders_are_never_the_same() {
    let (one, other) = (Folder::new(), Folder::new());
    assert_ne!(one.url("items"), other.url("items"));
    assert!(one.url("items").ends_with("/items"));
}
