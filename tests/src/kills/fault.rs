//! What may happen to a pipeline, and what happens to one in which order.

use std::time::Duration;

use super::kind::Kind;
use super::random::Random;

/// A pipeline and all that happens to it.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The pipeline.
    pub kind: Kind,
    /// What decides the moments, and the order.
    pub seed: u64,
    /// How often it is killed.
    pub kills: usize,
    /// What else happens to it.
    pub faults: Vec<Fault>,
    /// Whether what happens is said on standard error when it does.
    pub tell: bool,
}

/// A disturbance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// `kill -9`, and it is started again.
    Kill,
    /// Ctrl-C, and it is started again.
    Interrupt,
    /// Ctrl-C twice, and it is started again.
    InterruptTwice,
    /// Somebody starts it a second time, beside the first one.
    SecondStart,
    /// It stands still for so long; meanwhile another one is started. It wakes up.
    Zombie(Duration),
    /// A server is away for a while.
    Away(Server, Outage),
    /// No room is left on the disk for a while.
    DiskFull,
}

/// A server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// Apache Kafka.
    Broker,
    /// MinIO.
    Store,
}

/// How a server is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// It is stopped in order.
    Stop,
    /// It is killed.
    Kill,
    /// It stands still, its connections open.
    Pause,
}

impl Plan {
    /// One that is made up: this pipeline, so many kills, and whatever can happen to it besides, now and then.
    pub fn made_up(kind: Kind, seed: u64, kills: usize, may_fill_disk: bool) -> Self {
        let mut random = Random::new(seed);
        let mut faults = vec![Fault::Interrupt, Fault::InterruptTwice, Fault::SecondStart];
        let outages = [Outage::Stop, Outage::Kill, Outage::Pause];
        let mut away = |server, random: &mut Random| {
            faults.push(Fault::Away(server, outages[random.below(3) as usize]));
        };
        away(Server::Broker, &mut random);
        if kind.uses_store() {
            away(Server::Store, &mut random);
            away(Server::Store, &mut random);
        }
        if kind.uses_disk() && may_fill_disk {
            faults.extend([Fault::DiskFull; 2]);
        }
        if random.percent(25) {
            faults.push(Fault::Zombie(Duration::from_secs(30)));
        }
        Self {
            kind,
            seed,
            kills,
            faults,
            tell: false,
        }
    }

    /// Everything, in the order in which it happens.
    pub(super) fn order(&self, random: &mut Random) -> Vec<Fault> {
        let kills = std::iter::repeat_n(Fault::Kill, self.kills);
        let mut order: Vec<Fault> = kills.chain(self.faults.iter().copied()).collect();
        random.shuffle(&mut order);
        order
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Kill => f.write_str("kill -9"),
            Self::Interrupt => f.write_str("Ctrl-C"),
            Self::InterruptTwice => f.write_str("Ctrl-C twice"),
            Self::SecondStart => f.write_str("a second start"),
            Self::Zombie(time) => write!(f, "stopped for {} s, with another one started", time.as_secs()),
            Self::Away(server, outage) => {
                let server = match server {
                    Server::Broker => "the broker",
                    Server::Store => "the store",
                };
                let outage = match outage {
                    Outage::Stop => "stopped",
                    Outage::Kill => "killed",
                    Outage::Pause => "standing still",
                };
                write!(f, "{server} {outage}")
            }
            Self::DiskFull => f.write_str("the disk full"),
        }
    }
}
