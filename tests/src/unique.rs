//! Names nobody else uses: a real broker and a real bucket are shared by tests that run at the same time, and by runs
//! of the day before.

use std::hash::{BuildHasher, RandomState};

/// `width` random characters of `0-9a-f`; at most 16.
pub fn random_hex(width: usize) -> String {
    // The standard library seeds each hasher from the system's source of randomness.
    let random = RandomState::new().hash_one(std::process::id());
    format!("{random:016x}")[..width].to_owned()
}

/// A new name as long as `name`, so that it takes its place in a printed table without moving a column.
///
/// Names of 6 characters and fewer leave too little room for chance and are refused.
pub fn name_like(name: &str) -> String {
    let width = name.len() - 1;
    assert!(
        width >= 6,
        "`{name}` is too short to be replaced by a random name of the same length"
    );
    let mut unique = String::from("t");
    while unique.len() < name.len() {
        unique += &random_hex((name.len() - unique.len()).min(16));
    }
    unique
}

#[cfg(test)]
#[path = "unique_test.rs"]
mod tests;
