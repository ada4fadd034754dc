use std::time::Duration;

use super::*;
use crate::guest::native::HEAD;
use crate::guest::testing::{MENAGERIE, component};
use crate::guest::{EngineOptions, GuestEngine, Limits, Module, StderrLog};

fn engine(folder: &Path) -> GuestEngine {
    let options = EngineOptions {
        cache: CacheFolder::At(folder.to_owned()),
        log: std::sync::Arc::new(StderrLog),
        ..EngineOptions::default()
    };
    GuestEngine::new(options).unwrap()
}

/// No compiler is that quick: what loads within it came from the cache.
fn only_from_the_cache() -> Limits {
    Limits {
        compile_time: Duration::ZERO,
        ..Limits::default()
    }
}

#[test]
fn a_compiled_module_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = component(MENAGERIE);
    let fault = Module::from_bytes(&engine(folder.path()), &bytes, only_from_the_cache()).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "compiling the module takes longer than the 0 s allowed"
    );

    Module::from_bytes(&engine(folder.path()), &bytes, Limits::default()).unwrap();
    Module::from_bytes(&engine(folder.path()), &bytes, only_from_the_cache()).unwrap();
}

#[test]
fn a_damaged_file_is_compiled_anew() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = component(MENAGERIE);
    let engine = engine(folder.path());
    let module = Module::from_bytes(&engine, &bytes, Limits::default()).unwrap();
    let file = engine.cache().unwrap().path(module.digest());
    let good = fs::read(&file).unwrap();

    let mut flipped = good.clone();
    flipped[HEAD + 1000] ^= 1;
    for damaged in [&flipped[..], &good[..good.len() / 2], &good[..10], b"", &good[HEAD..]] {
        fs::write(&file, damaged).unwrap();
        Module::from_bytes(&engine, &bytes, only_from_the_cache()).unwrap_err();
        Module::from_bytes(&engine, &bytes, Limits::default()).unwrap();
        assert_eq!(fs::read(&file).unwrap(), good);
    }
    let left_behind = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left_behind, 1);
}

#[cfg(unix)]
#[test]
fn what_others_may_write_is_not_trusted() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let bytes = component(MENAGERIE);
    let trusted = engine(folder.path());
    let module = Module::from_bytes(&trusted, &bytes, Limits::default()).unwrap();
    let file = trusted.cache().unwrap().path(module.digest());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    fs::set_permissions(&file, fs::Permissions::from_mode(0o620)).unwrap();
    Module::from_bytes(&trusted, &bytes, only_from_the_cache()).unwrap_err();

    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    assert!(engine(folder.path()).cache().is_none());
}

#[test]
fn without_a_folder_everything_works() {
    let folder = tempfile::tempdir().unwrap();
    let in_the_way = folder.path().join("file");
    fs::write(&in_the_way, "").unwrap();
    let engine = engine(&in_the_way);
    assert!(engine.cache().is_none());
    Module::from_bytes(&engine, &component(MENAGERIE), Limits::default()).unwrap();
}

#[test]
fn the_oldest_files_go_when_there_are_too_many() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..KEPT + 5 {
        fs::write(folder.path().join(format!("{number}.cwasm")), "old").unwrap();
    }
    let engine = engine(folder.path());
    let module = Module::from_bytes(&engine, &component(MENAGERIE), Limits::default()).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), KEPT);
    assert!(engine.cache().unwrap().path(module.digest()).is_file());
}
