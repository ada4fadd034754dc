//! The `wasmill` binary: parse the arguments, call the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    wasmill::cli::main()
}
