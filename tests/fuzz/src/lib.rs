//! Fuzz targets that run in any `cargo test`, on a stable toolchain.
//!
//! A target is a function of bytes that panics where something does not hold. [`Target::run`] gives it the inputs kept in
//! `corpus/NAME/`, then mutations of these for a second, or for `WASMILL_FUZZ_SECONDS`. What an input came to (a word that the
//! target gives) takes the place of coverage: an input that came to something new is mutated further. An input that fails is
//! made smaller and kept in the corpus.

mod memory;
mod mutation;
mod quiet;
mod random;
mod smaller;
mod target;
mod watch;

pub use memory::{Counting, peak_of};
pub use random::Random;
pub use target::{Target, shape};
