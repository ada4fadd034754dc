//! Which records are the next batch's, and what becomes of those that are gone.

use super::{KafkaSource, Pace};
use crate::batch::{BatchRanges, OffsetRange, Offsets};
use crate::error::{Fault, Result};
use crate::kafka::Notice;
use crate::source::options::{Mode, Positions};
use crate::source::plan::{self, Limits};

impl KafkaSource {
    /// The ranges of the next batch: from where the last one ended, to `latest` or as far as the rate limit allows. Partitions
    /// with nothing to read are in it too, with an empty range, so that the next position is complete: it is
    /// [`KafkaSource::until`] of the ranges.
    ///
    /// # Errors
    /// `Data`: partitions or offsets of `from` are gone, and `fail_on_data_loss` is true.
    pub fn plan(&mut self, from: &Offsets, latest: &Offsets, pace: Pace) -> Result<BatchRanges> {
        let from = self.mend(from, latest).map_err(|fault| self.here(fault))?;
        self.identity.settle();
        let limits = Limits {
            max_offsets: self.options.max_offsets_per_trigger,
            min_offsets: self.options.min_offsets_per_trigger,
            max_delay: self.options.max_trigger_delay,
        };
        // A batch takes everything: rate limits are a stream's.
        let stream = self.mode == Mode::Stream;
        let now_ms = self.clock.now_ms();
        self.held_back =
            stream && pace == Pace::Trigger && plan::hold_back(limits, &from, latest, now_ms, self.last_batch_ms);
        let until = if self.held_back {
            from.clone()
        } else {
            self.last_batch_ms = now_ms;
            match limits.max_offsets.filter(|_| stream) {
                Some(limit) => plan::rate_limit(limit, &from, latest),
                None => latest.clone(),
            }
        };
        Ok(from
            .into_iter()
            .map(|(partition, from)| {
                let until = until.get(&partition).copied().unwrap_or(from);
                (
                    partition,
                    OffsetRange {
                        from,
                        until: until.max(from),
                    },
                )
            })
            .collect())
    }

    fn has_own_end(&self) -> bool {
        let ending = self.options.ending.as_ref();
        self.mode == Mode::Batch && ending.is_some_and(|ending| *ending != Positions::Latest)
    }

    /// The positions a batch starts from: those of the last one, with partitions added that are new, and without what is gone.
    fn mend(&self, from: &Offsets, latest: &Offsets) -> Result<Offsets> {
        let mut lost = Vec::new();
        let mut mended = Offsets::new();
        for (partition, offset) in from {
            match latest.get(partition) {
                Some(end) if self.identity.is_other(&partition.topic) => {
                    let first = self.first.get(partition).copied().unwrap_or(0).min(*end);
                    // Where nothing was read, nothing is lost.
                    if *offset > 0 {
                        lost.push(format!(
                            "{partition} was read up to offset {offset}, and its topic was deleted and made again since"
                        ));
                    }
                    mended.insert(partition.clone(), first);
                }
                // Where the end is the user's word, one before the start is an empty range.
                Some(end) if end < offset && self.has_own_end() => {
                    mended.insert(partition.clone(), *offset);
                }
                Some(end) if end < offset => {
                    let first = self.first.get(partition).copied().unwrap_or(0).min(*end);
                    lost.push(format!(
                        "{partition} ends at offset {end}, but was read up to {offset} (was it deleted and made again?)"
                    ));
                    mended.insert(partition.clone(), first);
                }
                Some(_) => {
                    mended.insert(partition.clone(), *offset);
                }
                // Said nothing about in `latest`, yet there: a batch with an end for some partitions only.
                None if self.partitions.contains(partition) => {
                    mended.insert(partition.clone(), *offset);
                }
                None => lost.push(format!(
                    "{partition} is not there any more; it was read up to offset {offset}"
                )),
            }
        }
        for partition in latest.keys().filter(|partition| !from.contains_key(*partition)) {
            let first = self.first.get(partition).copied().unwrap_or(0);
            if first > 0 {
                lost.push(format!("{partition} is new, but starts at offset {first}"));
            }
            mended.insert(partition.clone(), first);
        }
        if lost.is_empty() {
            return Ok(mended);
        }
        if self.options.fail_on_data_loss {
            return Err(Fault::data(format!("records are gone: {}", lost.join("; "))).hint(
                "`fail_on_data_loss = false` goes on with what is there; `wasmill checkpoint clear` begins anew",
            ));
        }
        for what in lost {
            self.health.say(Notice::DataLoss { what });
        }
        Ok(mended)
    }
}
