use super::*;

#[test]
fn a_path_is_quoted_for_the_shell_where_it_needs_to_be() {
    assert_eq!(as_argument(Path::new("a/my-transform")), "a/my-transform");
    assert_eq!(as_argument(Path::new("it's here/mine")), r"'it'\''s here/mine'");
}

#[test]
fn a_dot_is_the_folder_it_stands_for() {
    let here = std::env::current_dir().unwrap().canonicalize().unwrap();
    assert_eq!(absolute(Path::new(".")).unwrap(), here);
    assert_eq!(absolute(Path::new("mine")).unwrap().file_name().unwrap(), "mine");
    assert!(absolute(Path::new("not-there/..")).is_err());
}
