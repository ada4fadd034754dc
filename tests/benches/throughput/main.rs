//! The figures of the whole, beside a loop written by hand in the same run: orders per second of processor time through parsing
//! alone and from Kafka to Parquet, the start of a cold process, the memory of a stream, and how soon a record changes its window.
//!
//! ```text
//! cargo bench -p wasmill-tests --bench throughput                     all of them
//! cargo bench -p wasmill-tests --bench throughput -- parse pipeline   some: parse, pipeline, start, memory, latency, reload,
//!                                                                    neighbours, checkpoints
//! ```
//!
//! The broker is an embedded one in a process of its own, or the real one of `WASMILL_TEST_KAFKA`, which
//! `tests/servers run cargo bench ...` starts. Rounds of ours and of the loop take turns, and a figure is the median of its
//! rounds: so that a machine with other work costs both the same. Times of the processor are Linux's (`/proc`). Nothing here
//! passes or fails.

mod checkpoints;
mod cpu;
mod figure;
mod latency;
mod live;
#[path = "../../../engine/benches/native/mod.rs"]
mod native;
mod neighbours;
mod parse;
mod pipeline;
mod reload;
mod setup;

use std::error::Error;

use setup::Setup;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const FIGURES: [&str; 8] = [
    "parse",
    "pipeline",
    "start",
    "memory",
    "latency",
    "reload",
    "neighbours",
    "checkpoints",
];

fn main() -> Result<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo bench` says so; `cargo test --benches` runs this too, and does not want to wait.
    let is_bench = arguments.iter().any(|argument| argument == "--bench");
    arguments.retain(|argument| !argument.starts_with("--"));
    if let Some(unknown) = arguments.iter().find(|name| !FIGURES.contains(&name.as_str())) {
        return Err(format!("there is no figure `{unknown}`: there are {}", FIGURES.join(", ")).into());
    }
    if !is_bench {
        return Ok(());
    }
    let wanted = |name: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == name);

    let setup = Setup::new()?;
    figure::heading();
    if wanted("parse") {
        parse::measure(&setup)?;
    }
    if wanted("pipeline") {
        pipeline::measure(&setup)?;
    }
    if wanted("start") {
        live::start(&setup)?;
    }
    if wanted("memory") {
        live::memory(&setup)?;
    }
    if wanted("latency") {
        latency::measure(&setup)?;
    }
    if wanted("reload") {
        reload::opening(&setup)?;
        reload::under_load(&setup)?;
    }
    if wanted("neighbours") {
        neighbours::measure(&setup)?;
    }
    if wanted("checkpoints") {
        checkpoints::latency(&setup)?;
        checkpoints::recovery(&setup)?;
        checkpoints::cost(&setup)?;
    }
    Ok(())
}
