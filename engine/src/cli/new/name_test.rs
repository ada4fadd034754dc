use super::*;

#[test]
fn ordinary_names_are_taken() {
    for name in [
        "orders",
        "my-transform",
        "my_transform",
        "Orders2",
        "x",
        "async-io",
        "test2",
        "com10",
    ] {
        assert_eq!(objection(name), None, "{name}");
    }
}

#[test]
fn names_that_cargo_or_rust_would_refuse_come_with_one_that_would_do() {
    let said = |name: &str| {
        let folder = Path::new("/somewhere").join(name);
        let fault = of_folder(&folder, Path::new(name)).unwrap_err();
        format!("{fault}; {}", fault.advice().unwrap())
    };
    insta::assert_snapshot!(
        [
            "my transform", "été", "3things", "-x", "fn", "match", "_", "test", "std", "wasmill-sdk", "wasmill_sdk", "con",
            "com1", "a.b", "💧", &"x".repeat(65),
        ]
        .map(said)
        .join("\n"),
        @""
    );
}

#[test]
fn what_is_proposed_would_do() {
    for name in [
        "",
        "--",
        "9",
        "a  b",
        "true",
        "1-2",
        "deps",
        &"é".repeat(99),
        &"x".repeat(99),
        "-_-",
        "prn",
    ] {
        assert_eq!(objection(&sound(name)), None, "{name} -> {}", sound(name));
    }
}

#[test]
fn a_root_has_no_name() {
    let fault = of_folder(Path::new("/"), Path::new("/")).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "a crate is called as its folder is, and this one has no name: `/`"
    );
}
