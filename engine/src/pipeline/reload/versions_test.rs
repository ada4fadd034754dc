use super::*;
use crate::guest::testing::{MENAGERIE, component, engine, tight};
use crate::guest::{Module, OnError};

/// Modules that differ in their bytes alone.
fn modules(count: usize) -> Vec<Arc<Transform>> {
    let (engine, _) = engine();
    let module = |number: usize| {
        let mut bytes = component(MENAGERIE);
        // A custom section: its id, its size, the length of its name, its name.
        bytes.extend([0, 2, 1, b'a' + u8::try_from(number).unwrap()]);
        let module = Module::from_bytes(&engine, &bytes, tight()).unwrap();
        Arc::new(Transform::new("zoo", module, OnError::Skip, false))
    };
    (0..count).map(module).collect()
}

fn put(versions: &Versions<Arc<Transform>>, module: &Arc<Transform>) -> u32 {
    versions.put(Arc::clone(module), 7, Offsets::new()).number
}

#[test]
fn equal_bytes_are_the_same_version_whenever_they_come_back() {
    let modules = modules(3);
    let versions = Versions::new(Arc::clone(&modules[0]));
    let mut changes = versions.changes();
    let numbers: Vec<u32> = [1, 2, 1, 0, 2].iter().map(|at| put(&versions, &modules[*at])).collect();
    assert_eq!(numbers, [2, 3, 2, 1, 3]);
    assert_eq!(versions.live().number, 3);
    assert!(changes.has_changed().unwrap());
    assert_eq!(*changes.borrow_and_update(), 3);
    let order: Vec<u32> = versions.all().iter().map(|version| version.number).collect();
    assert_eq!(order, [2, 1, 3]);
    assert_eq!(versions.of(&modules[1].digest()).unwrap().number, 2);
    assert_eq!(versions.live().spell().since_ms, 7);
}

#[test]
fn the_last_good_one_is_the_last_that_was_live_and_not_set_aside() {
    let modules = modules(3);
    let versions = Versions::new(Arc::clone(&modules[0]));
    assert!(versions.last_good(|_| true).is_none());
    put(&versions, &modules[1]);
    put(&versions, &modules[2]);
    let good = |versions: &Versions<_>| versions.last_good(|_| true).map(|version| version.number);
    assert_eq!(good(&versions), Some(2));
    versions.set_aside(&versions.of(&modules[1].digest()).unwrap(), "it fails".to_owned());
    assert_eq!(good(&versions), Some(1));
    assert!(versions.last_good(|_| false).is_none());
    // Put into use again on purpose, it is as good as any.
    put(&versions, &modules[1]);
    assert_eq!(versions.live().spell().set_aside, None);
}

#[test]
fn so_many_are_kept_and_the_one_in_use_among_them() {
    let modules = modules(KEPT + 3);
    let versions = Versions::new(Arc::clone(&modules[0]));
    for module in &modules[1..] {
        put(&versions, module);
    }
    let kept: Vec<u32> = versions.all().iter().map(|version| version.number).collect();
    assert_eq!(kept, (4..=u32::try_from(KEPT).unwrap() + 3).collect::<Vec<_>>());
    // One that was forgotten is a new one.
    assert_eq!(put(&versions, &modules[0]), u32::try_from(KEPT).unwrap() + 4);
}
