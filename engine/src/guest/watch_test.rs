use super::*;

/// Long enough for the system to tell, on a busy machine.
const SOON: Duration = Duration::from_secs(20);
/// Long enough to say that nothing is told.
const NEVER: Duration = Duration::from_millis(500);

async fn told(watch: &mut Watch) -> usize {
    timeout(SOON, watch.next()).await.expect("a change is told")
}

async fn is_quiet(watch: &mut Watch) -> bool {
    timeout(NEVER, watch.next()).await.is_err()
}

#[tokio::test]
async fn a_file_in_all_the_ways_in_which_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = ["one.wasm", "two.wasm"].map(|name| folder.path().join(name));
    fs::write(&one, "1").unwrap();
    fs::write(&two, "1").unwrap();
    let mut watch = Watch::new(vec![one.clone(), two.clone()]).unwrap();
    fs::write(&two, "2").unwrap();
    assert_eq!(told(&mut watch).await, 1);
    // A rename, as editors and builds do.
    fs::write(folder.path().join("beside"), "2").unwrap();
    fs::rename(folder.path().join("beside"), &one).unwrap();
    assert_eq!(told(&mut watch).await, 0);
    fs::remove_file(&one).unwrap();
    assert_eq!(told(&mut watch).await, 0);
    fs::write(&one, "3").unwrap();
    assert_eq!(told(&mut watch).await, 0);
    fs::write(folder.path().join("other.wasm"), "1").unwrap();
    assert!(is_quiet(&mut watch).await);
}

#[tokio::test]
async fn what_changes_together_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("m.wasm");
    fs::write(&file, "").unwrap();
    let mut watch = Watch::new(vec![file.clone()]).unwrap();
    for part in 0..50 {
        fs::write(&file, vec![b'x'; part]).unwrap();
    }
    told(&mut watch).await;
    // A busy machine may have parted them, but not into fifty.
    let mut times = 1;
    while !is_quiet(&mut watch).await {
        times += 1;
    }
    assert!(times < 10, "told {times} times");
}

#[tokio::test]
async fn a_crate_without_what_cargo_and_editors_write() {
    let folder = tempfile::tempdir().unwrap();
    let crate_dir = folder.path().join("mine");
    fs::create_dir_all(crate_dir.join("src/deep")).unwrap();
    fs::create_dir_all(crate_dir.join("target/release")).unwrap();
    fs::write(crate_dir.join("Cargo.toml"), "").unwrap();
    let mut watch = Watch::new(vec![crate_dir.clone()]).unwrap();
    for scrap in [
        "target/release/a.d",
        "Cargo.lock",
        "src/.lib.rs.swp",
        "src/lib.rs~",
        "src/4913",
    ] {
        fs::write(crate_dir.join(scrap), "").unwrap();
    }
    fs::create_dir(crate_dir.join("targetAbCdEf")).unwrap();
    assert!(is_quiet(&mut watch).await);
    for source in ["src/lib.rs", "src/deep/a.rs", "Cargo.toml", "build.rs"] {
        fs::write(crate_dir.join(source), "x").unwrap();
        assert_eq!(told(&mut watch).await, 0, "{source}");
    }
    // A folder that is new, and what is in it.
    fs::create_dir(crate_dir.join("data")).unwrap();
    told(&mut watch).await;
    fs::write(crate_dir.join("data/a.csv"), "x").unwrap();
    told(&mut watch).await;
}

#[tokio::test]
async fn what_a_crate_is_built_of_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let [crate_dir, library] = ["mine", "library"].map(|name| folder.path().join(name));
    for dir in [&crate_dir, &library] {
        fs::create_dir(dir).unwrap();
    }
    fs::write(library.join("a b.rs"), "").unwrap();
    // As cargo writes it.
    let made = crate_dir.join("mine.component.wasm");
    let note = format!(
        "/t/mine.wasm: {} {}\n",
        library.join("a\\ b.rs").display(),
        crate_dir.join("lib.rs").display()
    );
    fs::write(crate_dir.join("mine.d"), note).unwrap();
    let sources = sources_of(&made);
    assert_eq!(sources, [library.join("a b.rs"), crate_dir.join("lib.rs")]);
    let mut watch = Watch::new(vec![crate_dir]).unwrap();
    watch.also(0, sources);
    fs::write(library.join("c.rs"), "").unwrap();
    assert!(is_quiet(&mut watch).await);
    fs::write(library.join("a b.rs"), "x").unwrap();
    told(&mut watch).await;
    assert!(sources_of(Path::new("/nowhere/m.component.wasm")).is_empty());
    // What a build script has made is no source: it is made by each build.
    let release = folder.path().join("target").join(TARGET).join("release");
    fs::create_dir_all(&release).unwrap();
    let (made, written) = (
        folder.path().join("target/release/build/mine/out/a.rs"),
        folder.path().join("b.rs"),
    );
    let note = format!("mine.wasm: {} {}\n", made.display(), written.display());
    fs::write(release.join("mine.d"), note).unwrap();
    assert_eq!(sources_of(&release.join("mine.component.wasm")), [written]);
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_followed() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for version in ["v1", "v2"] {
        fs::create_dir(at(version)).unwrap();
        fs::write(at(version).join("m.wasm"), version).unwrap();
    }
    symlink("v1", at("current")).unwrap();
    symlink("current/m.wasm", at("m.wasm")).unwrap();
    let mut watch = Watch::new(vec![at("m.wasm")]).unwrap();
    fs::write(at("v1/m.wasm"), "changed").unwrap();
    told(&mut watch).await;
    // A folder on the way points elsewhere.
    symlink("v2", at("next")).unwrap();
    fs::rename(at("next"), at("current")).unwrap();
    told(&mut watch).await;
    fs::write(at("v2/m.wasm"), "changed").unwrap();
    told(&mut watch).await;
}

#[tokio::test]
async fn a_change_that_is_waited_for_is_told_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("m.wasm");
    fs::write(&file, "1").unwrap();
    let mut watch = Watch::new(vec![file.clone()]).unwrap();
    assert!(!watch.changes_within(0, NEVER).await);
    fs::write(&file, "2").unwrap();
    assert!(watch.changes_within(0, SOON).await);
    assert_eq!(told(&mut watch).await, 0);
}
