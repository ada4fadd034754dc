use super::*;

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn what_is_not_kept_is_gone_with_the_folders_above() {
    let desk = tempfile::tempdir().unwrap();
    let folder = desk.path().join("a/b/mine");
    let mut place = Place::prepare(&folder, Path::new("a/b/mine")).unwrap();
    place.write("src/lib.rs", "fn f() {}").unwrap();
    assert!(folder.join("src/lib.rs").is_file());
    drop(place);
    assert_eq!(names_in(desk.path()), Vec::<String>::new());
}

#[test]
fn a_failure_in_the_middle_leaves_an_empty_folder_empty() {
    let desk = tempfile::tempdir().unwrap();
    let mut place = Place::prepare(desk.path(), Path::new(".")).unwrap();
    place.write("src", "a file").unwrap();
    let fault = place.write("src/lib.rs", "").unwrap_err();
    assert!(fault.to_string().starts_with("the folder can't be made: `"), "{fault}");
    drop(place);
    assert!(desk.path().is_dir());
    assert_eq!(names_in(desk.path()), Vec::<String>::new());
}

#[test]
fn what_somebody_else_put_there_stays() {
    let desk = tempfile::tempdir().unwrap();
    let folder = desk.path().join("mine");
    let mut place = Place::prepare(&folder, Path::new("mine")).unwrap();
    place.write("src/lib.rs", "").unwrap();
    fs::write(folder.join("src/other.rs"), "").unwrap();
    drop(place);
    assert_eq!(names_in(&folder.join("src")), ["other.rs"]);
}

#[test]
fn what_is_kept_stays() {
    let desk = tempfile::tempdir().unwrap();
    let mut place = Place::prepare(&desk.path().join("mine"), Path::new("mine")).unwrap();
    place.write("src/lib.rs", "text").unwrap();
    place.keep();
    assert_eq!(fs::read_to_string(desk.path().join("mine/src/lib.rs")).unwrap(), "text");
}
