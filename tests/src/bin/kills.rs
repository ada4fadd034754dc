//! Kills pipelines on real servers, as often as one likes: `cargo run -p wasmill-tests --bin kills -- --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    wasmill_tests::kills::main()
}
