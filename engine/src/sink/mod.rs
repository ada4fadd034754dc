//! Where rows go: the console, JSON lines, Parquet on a disk or in an object store.

pub mod show;
mod time;

#[cfg(test)]
mod fixture_test;
