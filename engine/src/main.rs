//! The `wasmill` binary: parse the arguments, call the library.
fn main() {}
