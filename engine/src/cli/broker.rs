//! `wasmill broker`: the embedded broker in the foreground.

use crate::broker::Broker;

use super::args::BrokerArgs;
use super::stop::Interrupts;
use super::{Failure, term};

pub(super) async fn broker(args: BrokerArgs) -> Result<(), Failure> {
    let mut interrupts = Interrupts::listen();
    let broker = Broker::start()?;
    for topic in &args.topics {
        broker.create_topic(topic, args.partitions)?;
    }
    // Held until the end: other commands find the broker as long as it lives.
    let announcement = broker.announce();
    term::print(&format!("{}\n", broker.address()))?;
    match &announcement {
        Ok(_) => term::say_line("other wasmill commands find this broker; Ctrl-C stops it, and its records are gone"),
        // It works all the same, if it is named.
        Err(fault) => term::say_line(&format!("{fault}; reach this one by `--kafka {}`", broker.address())),
    }
    term::say_line("it keeps about 5 MB a partition, and knows neither look-ups by time nor transactions");
    interrupts.next().await;
    Ok(())
}
