//! A process as a user has it: how soon it prints its first batch, and how much memory it takes while it streams.

use std::time::{Duration, Instant};

use wasmill_tests::command::Running;

use crate::figure::{self, Rounds};
use crate::setup::Setup;
use crate::{Result, cpu};

const STARTS: usize = 15;
const RATE: u32 = 10_000;
const SECONDS: u32 = 20;

/// From nothing to the first batch of a stream on the console; and to the end of a process that shows one batch. The broker runs,
/// and the compiled module is cached.
pub(crate) fn start(setup: &Setup) -> Result<()> {
    let topic = setup.topic_of_orders("orders-at-a-start", 3, 100)?;
    let pipeline = setup.pipeline("start", &topic, "10 seconds", "console = {}")?;
    let run = || setup.broker.wasmill(["run"]).arg(&pipeline);
    // The rows are cut to 20, which the line behind the table says.
    let table_ends = |stdout: &str| stdout.contains("only showing top 20 rows").then_some(());
    run().arg("--once").succeed();

    let (mut first, mut whole, mut processor) = (Rounds::new(), Rounds::new(), Rounds::new());
    for _ in 0..STARTS {
        let start = Instant::now();
        run().start().wait_for_stdout("the first batch", table_ends);
        first.took(start.elapsed());

        let (start, used) = (Instant::now(), cpu::of_children()?);
        run().arg("--once").succeed();
        whole.took(start.elapsed());
        processor.took(cpu::of_children()? - used);
    }
    figure::seconds("start to the first batch of a stream", &first, "< 0.5 s");
    figure::seconds("`run --once`, the whole process", &whole, "< 0.5 s");
    figure::seconds("`run --once`, its CPU time", &processor, "");
    Ok(())
}

/// The most a stream ever had resident, while orders arrive and go to Parquet.
pub(crate) fn memory(setup: &Setup) -> Result<()> {
    let orders = RATE * SECONDS;
    let topic = setup.broker.topic_name("orders-of-a-stream");
    setup.broker.create_topic(&topic, 3);
    let written = setup.folder.path().join("live");
    let sink = format!("parquet = '{}'", written.display());
    let pipeline = setup.pipeline("live", &topic, "1 second", &sink)?;
    let stream = setup
        .broker
        .wasmill(["run", "--progress", "lines"])
        .arg(&pipeline)
        .start();

    let (rate, count) = (RATE.to_string(), orders.to_string());
    let produce = [
        "produce",
        &topic,
        "--generate",
        "orders",
        "--rate",
        &rate,
        "--count",
        &count,
    ];
    let began = Instant::now();
    setup.broker.wasmill(produce).succeed();
    let took = began.elapsed();
    // Time for the last batch.
    setup.pause(Duration::from_secs(3));
    let most = most_resident_mib(&stream)?;
    stream.interrupt();
    let said = stream.finish().stderr;
    let wrote = format!("sink `out`: {orders} rows");
    assert!(said.contains(&wrote), "not all orders were written:\n{said}");
    let rate = f64::from(orders) / took.as_secs_f64();
    figure::other(
        &format!("most memory resident at {rate:.0} orders/s"),
        &format!("{most} MiB"),
        "< 200 MB",
    );
    Ok(())
}

fn most_resident_mib(process: &Running) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.ok_or("`/proc` does not tell the memory of a process")?;
    Ok(kib.trim_end_matches("kB").trim().parse::<u64>()? / 1024)
}
