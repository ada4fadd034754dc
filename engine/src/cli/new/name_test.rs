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
        @"
    a crate can't be called `my transform`: a blank is no letter, digit, `-` or `_`: `my transform`; `my-transform` would do
    a crate can't be called `été`: `é` is no letter, digit, `-` or `_`: `été`; `t` would do
    a crate can't be called `3things`: it has to begin with a letter: `3things`; `my-3things` would do
    a crate can't be called `-x`: it has to begin with a letter: `-x`; `x` would do
    a crate can't be called `fn`: that is a word of Rust: `fn`; `my-fn` would do
    a crate can't be called `match`: that is a word of Rust: `match`; `my-match` would do
    a crate can't be called `_`: that is a word of Rust: `_`; `my-transform` would do
    a crate can't be called `test`: cargo uses that name itself: `test`; `my-test` would do
    a crate can't be called `std`: there is a library of that name that it needs itself: `std`; `my-std` would do
    a crate can't be called `wasmill-sdk`: there is a library of that name that it needs itself: `wasmill-sdk`; `my-wasmill-sdk` would do
    a crate can't be called `wasmill_sdk`: there is a library of that name that it needs itself: `wasmill_sdk`; `my-wasmill_sdk` would do
    a crate can't be called `con`: Windows uses that name for a device: `con`; `my-con` would do
    a crate can't be called `com1`: Windows uses that name for a device: `com1`; `my-com1` would do
    a crate can't be called `a.b`: `.` is no letter, digit, `-` or `_`: `a.b`; `a-b` would do
    a crate can't be called `💧`: `💧` is no letter, digit, `-` or `_`: `💧`; `my-transform` would do
    a crate can't be called `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx`: it is longer than 64 letters: `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx`; `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx` would do
    "
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
