//! A process as a user has it: how soon it prints its first batch, and how much memory it takes while it streams.

use std::time::{Duration, Instant};

use wasmill_tests::command::Running;

use crate::figure::{self, Rounds};
use crate::setup::Setup;
use crate::{Result, cpu};

const STARTS: usize = 15;
const RATE: u32 = 10_000;
const SECONDS: u32 = 20;

/// From nothing to a batch on the console and the end of the process; the broker runs, and the compiled module is cached.
pub fn start(setup: &Setup) -> Result<()> {
    let topic = setup.topic_of_orders("first-orders", 3)?;
    let pipeline = setup.pipeline("start", &topic, "once", "console = {}")?;
    let once = || setup.broker.wasmill(["run", "--once"]).arg(&pipeline);
    let printed = once().succeed().stdout;
    assert!(printed.contains("order_id"), "no batch on the console:\n{printed}");

    let (mut wall, mut processor) = (Rounds::new(), Rounds::new());
    for _ in 0..STARTS {
        let (start, used) = (Instant::now(), cpu::of_children()?);
        once().succeed();
        wall.took(start.elapsed());
        processor.took(cpu::of_children()? - used);
    }
    let records = 3 * crate::setup::ORDERS_A_PARTITION;
    figure::seconds(&format!("start to end of a batch of {records}, wall"), &wall, "");
    figure::seconds(&format!("start to end of a batch of {records}, CPU"), &processor, "");
    Ok(())
}

/// The most a stream ever had resident, while orders arrive and go to Parquet.
pub fn memory(setup: &Setup) -> Result<()> {
    let orders = RATE * SECONDS;
    let topic = setup.broker.topic_name("live-orders");
    setup.broker.create_topic(&topic, 3);
    let written = setup.folder.path().join("live");
    let sink = format!("parquet = '{}'", written.display());
    let pipeline = setup.pipeline("live", &topic, "1 second", &sink)?;
    let stream = setup.broker.wasmill(["run", "--progress", "lines"]).arg(&pipeline).start();

    let (rate, count) = (RATE.to_string(), orders.to_string());
    let produce = ["produce", &topic, "--generate", "orders", "--rate", &rate, "--count", &count];
    let began = Instant::now();
    setup.broker.wasmill(produce).succeed();
    let took = began.elapsed();
    // Time for the last batch.
    setup.runtime.block_on(tokio::time::sleep(Duration::from_secs(3)));
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
