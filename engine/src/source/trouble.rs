//! What an error of a partition means, or its silence; and where reading goes on, if it does.

use std::time::{Duration, Instant};

use rdkafka::error::RDKafkaErrorCode as Code;

use super::fetch::{Fetcher, Manner};
use crate::batch::{OffsetRange, TopicPartition};
use crate::error::{Fault, Kind, Result};
use crate::kafka::Notice;
use crate::kafka::client::Health;
use crate::kafka::faults;
use crate::kafka::questions::Questions;

/// Silence after which the brokers are asked, when records are known to be there.
const SILENCE: Duration = Duration::from_secs(3);
/// Silence after which fetching is begun anew, though the broker answers and has the records: after a restart of a broker the library has been
/// seen to wait for ever.
const LONG_SILENCE: Duration = Duration::from_secs(20);
/// How often an offset is tried again that the broker refused although it has it.
const TRIES: u32 = 5;

/// An error the library gave for a partition.
pub(super) struct Trouble {
    pub(super) code: Code,
    pub(super) reason: String,
    /// How many there were in this range.
    pub(super) tries: u32,
}

/// How long nothing has arrived that is known to be there.
pub(super) struct Silence {
    since: Instant,
    asked: Instant,
    begun_anew: Instant,
}

impl Silence {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self {
            since: now,
            asked: now,
            begun_anew: now,
        }
    }
}

impl Fetcher {
    /// Decides what an error means, and where reading goes on if it does.
    pub(super) fn recover(
        &mut self,
        at: &TopicPartition,
        range: OffsetRange,
        trouble: Trouble,
        manner: Manner,
        questions: &Questions,
    ) -> Result<()> {
        let Trouble { code, reason, tries } = trouble;
        self.health.turned_away()?;
        let Some(partition) = self.partitions.get_mut(at) else {
            return Ok(());
        };
        let wanted = partition.reached;
        let unreadable = || format!("offset {wanted} can't be read");
        match code {
            _ if faults::is_missing(code) => {
                partition.broken = true;
                // Also a broker that has only just heard of the topic answers so: ask again.
                if tries >= TRIES && matches!(questions.exists_blocking(at), Ok(false)) {
                    return self.topic_is_gone(at, range, manner);
                }
                pause();
                self.aim(at, wanted)
            }
            Code::AutoOffsetReset | Code::OffsetOutOfRange | Code::NoOffset | Code::LogTruncation => {
                partition.broken = true;
                match questions.bounds_blocking(at) {
                    Ok((earliest, _)) if wanted < earliest => {
                        let what = format!("offset {wanted} is gone; the first one there is {earliest}");
                        lost(&self.health, at, manner, what)?;
                        self.aim(at, earliest.min(range.until))
                    }
                    Ok((_, latest)) if wanted >= latest => self.end_is_gone(at, range, latest, manner),
                    // The broker has the offset, or can't say just now.
                    Ok(_) | Err(_) if tries < TRIES => {
                        pause();
                        self.aim(at, wanted)
                    }
                    Ok(_) => Err(faults::of_code(unreadable(), code, Some(&reason)).at(at.to_string())),
                    Err(error) => Err(faults::fault(unreadable(), error).at(at.to_string())),
                }
            }
            // The library tries by itself; silence will tell if it doesn't succeed.
            _ if faults::kind_of(code) == Kind::Unavailable => Ok(()),
            _ => Err(faults::of_code(unreadable(), code, Some(&reason)).at(at.to_string())),
        }
    }

    /// Asks, every few seconds of silence, what has become of the records. The library does not tell when a topic is gone,
    /// nor can it know that a range ends where there is nothing any more.
    pub(super) fn after_silence(
        &mut self,
        at: &TopicPartition,
        range: OffsetRange,
        silence: &mut Silence,
        manner: Manner,
        questions: &Questions,
    ) -> Result<()> {
        if silence.asked.elapsed() < SILENCE {
            return Ok(());
        }
        let answer = questions.exists_blocking(at).and_then(|there| {
            if there {
                questions.bounds_blocking(at).map(Some)
            } else {
                Ok(None)
            }
        });
        silence.asked = Instant::now();
        match answer {
            Ok(None) => self.topic_is_gone(at, range, manner)?,
            Ok(Some((_, latest))) if latest < range.until => self.end_is_gone(at, range, latest, manner)?,
            Ok(Some(_)) if silence.begun_anew.elapsed() >= LONG_SILENCE => {
                silence.begun_anew = Instant::now();
                if let Some(partition) = self.partitions.get_mut(at) {
                    partition.broken = true;
                    let reached = partition.reached;
                    self.aim(at, reached)?;
                }
            }
            Ok(Some(_)) => {}
            Err(_) => self.health.no_answer("records are waiting, but don't arrive"),
        }
        match manner.patience {
            Some(patience) if silence.since.elapsed() >= patience => {
                let fault = Fault::unavailable(format!("the broker at `{}` stopped answering", self.health.address()))
                    .hint("what was written so far is complete up to the last batch; start again when it is back");
                Err(match self.health.reason() {
                    Some(reason) => fault.because(reason),
                    None => fault,
                })
            }
            _ => Ok(()),
        }
    }

    fn topic_is_gone(&mut self, at: &TopicPartition, range: OffsetRange, manner: Manner) -> Result<()> {
        let Some(partition) = self.partitions.get_mut(at) else {
            return Ok(());
        };
        let (from, last) = (partition.reached, range.until - 1);
        lost(
            &self.health,
            at,
            manner,
            format!("the topic was deleted while it was read; offsets {from} to {last} are gone"),
        )?;
        partition.reached = range.until;
        partition.broken = true;
        Ok(())
    }

    fn end_is_gone(&mut self, at: &TopicPartition, range: OffsetRange, latest: i64, manner: Manner) -> Result<()> {
        let Some(partition) = self.partitions.get_mut(at) else {
            return Ok(());
        };
        let from = partition.reached.max(latest);
        lost(
            &self.health,
            at,
            manner,
            format!("offset {from} is not there (any more); the partition ends at {latest}"),
        )?;
        partition.reached = range.until;
        partition.broken = true;
        Ok(())
    }
}

/// Ends the run, or says what is gone and goes on.
fn lost(health: &Health, at: &TopicPartition, manner: Manner, what: String) -> Result<()> {
    if manner.fail_on_data_loss {
        return Err(Fault::data(what)
            .at(at.to_string())
            .hint("`fail_on_data_loss = false` goes on with what is left; a topic with `retention.ms=-1` keeps all"));
    }
    health.say(Notice::DataLoss {
        what: format!("{what}: {at}"),
    });
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a thread of its own, and nothing to be woken by"
)]
fn pause() {
    std::thread::sleep(Duration::from_millis(200));
}
