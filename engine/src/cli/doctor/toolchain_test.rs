use super::*;

fn said(text: &str) -> Answer {
    Answer::Said(text.to_owned())
}

#[test]
fn versions_are_compared_as_numbers() {
    let state = |version: &str| compiler(&said(&format!("rustc {version} (abc 2026-01-01)")), true).state;
    use super::super::finding::State;
    let (major, minor) = numbers(OLDEST).unwrap();
    for version in [
        format!("{major}.{minor}.0"),
        format!("{major}.{minor}.0-nightly"),
        format!("{major}.{}.2", minor + 5),
        format!("{}.0.0", major + 1),
        "of-my-own".to_owned(),
    ] {
        assert_eq!(state(&version), State::Ok, "{version}");
    }
    for version in ["1.9.0", "1.85.1", "0.99.0"] {
        assert_eq!(state(version), State::Missing, "{version}");
    }
}

#[test]
fn what_mends_it_depends_on_rustup() {
    let mend = |answer: &Answer, has_rustup| compiler(answer, has_rustup).mend.unwrap();
    assert_eq!(mend(&said("rustc 1.60.0"), true), "rustup update stable");
    assert_eq!(mend(&said("rustc 1.60.0"), false), INSTALL);
    let failed = Answer::Failed("error: no default toolchain".to_owned());
    assert_eq!(
        mend(&failed, true),
        "rustup toolchain install stable && rustup default stable"
    );
    assert_eq!(mend(&Answer::Silent, false), INSTALL);
}
