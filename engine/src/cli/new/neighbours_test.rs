use super::*;

#[test]
fn a_workspace_claims_what_its_patterns_name() {
    let claims_mine = |workspace: &str| claims(workspace, Path::new("crates/mine"));
    for workspace in [
        "[workspace]\nmembers = [\"crates/*\"]",
        "[workspace]\nmembers = [\"engine\", \"./*/mine\"]",
        "[workspace]\nmembers = [\"crates/m?ne/\"]",
        "[workspace]\nmembers = [\"**\"]",
        "[workspace]\nmembers = [\"crates/*\"]\nexclude = [\"crates/other\"]",
    ] {
        assert!(claims_mine(workspace), "{workspace}");
    }
    for workspace in [
        "",
        "[package]\nname = \"x\"",
        "[workspace]",
        "[workspace]\nmembers = [\"*\"]",
        "[workspace]\nmembers = [\"crates/m\", \"engine/*\"]",
        "[workspace]\nmembers = [\"crates/*\"]\nexclude = [\"crates/mine\"]",
        "[workspace]\nmembers = [\"crates/*\"]\nexclude = [\"crates\"]",
        "[workspace\nno toml",
    ] {
        assert!(!claims_mine(workspace), "{workspace}");
    }
}

#[test]
fn workspaces_are_looked_for_above() {
    let desk = tempfile::tempdir().unwrap();
    fs::write(desk.path().join("Cargo.toml"), "[workspace]\nmembers = [\"*\"]").unwrap();
    assert_eq!(
        workspaces_that_claim(&desk.path().join("mine")),
        [desk.path().join("Cargo.toml")]
    );
    assert_eq!(
        workspaces_that_claim(&desk.path().join("a/mine")),
        Vec::<PathBuf>::new()
    );
}
