//! The end of a run: no more records, all that is there comes through, and is it all there is?

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};

use super::feed::client;
use super::instance::End;
use super::output::{Output, Verdict};
use super::records::PARTITIONS;
use super::run::Disturbed;
use super::{GLANCE, pause};

/// How long the last records may take to come through by themselves. What needs the end of the process to become visible comes with it.
const THROUGH: Duration = Duration::from_secs(30);
/// How long an end may take.
const END: Duration = Duration::from_secs(30);
/// How long a reader may take to come to the end of what is there.
const READING: Duration = Duration::from_secs(10);

impl Disturbed<'_> {
    /// Ends the run, and gives the verdict.
    ///
    /// # Errors
    /// Something is lost or there twice, or went wrong on the way.
    pub(super) fn finish(&mut self, topic: &str) -> Result<(), String> {
        let end = self.close_feed();
        self.note(&format!("{end} records are written"));
        self.report.records = end;
        written_once(self.servers.kafka(), topic, end)?;

        self.watcher.expect(end);
        let until = Instant::now() + THROUGH;
        while !self.watcher.has_all() && Instant::now() < until {
            self.tick()?;
        }
        let by_itself = self.watcher.has_all();
        self.instance.signal("INT");
        match self.instance.wait(END) {
            Some(End { code: Some(0), .. }) => {}
            Some(end) => return Err(format!("it was asked to end, and did so with {end}")),
            None => return Err("it was asked to end, and does not".to_owned()),
        }

        self.report.looks = self.watcher.looks();
        let Some(mut output) = self.watcher.stop() else {
            return Err("nobody could read what came out".to_owned());
        };
        let verdict = self.watcher.wrong().map_or_else(|| read(output.as_mut(), end), Err);
        let others = output.others_agree(self.servers);
        self.output = Some(output);
        let verdict = verdict?;
        self.report.verdict = verdict;
        if !verdict.is_clean() {
            let Verdict { lost, twice } = verdict;
            return Err(format!("of {end} records, {lost} are lost and {twice} there twice"));
        }
        others?;
        if !by_itself {
            let seconds = THROUGH.as_secs();
            return Err(format!(
                "not all records came through in {seconds} s, only when the process was ended"
            ));
        }
        Ok(())
    }
}

/// Reads to the end of what is there.
fn read(output: &mut dyn Output, end: u64) -> Result<Verdict, String> {
    let until = Instant::now() + READING;
    loop {
        output.look()?;
        let verdict = output.verdict(end);
        if verdict.is_clean() || Instant::now() > until {
            return Ok(verdict);
        }
        pause(GLANCE);
    }
}

/// What went wrong must not be our own records.
///
/// # Errors
/// A partition does not end where it should.
fn written_once(kafka: &str, topic: &str, end: u64) -> Result<(), String> {
    let consumer: BaseConsumer = client(kafka)
        .set("group.id", "kills-check")
        .create()
        .unwrap_or_else(|error| panic!("no consumer: {error}"));
    for partition in 0..PARTITIONS {
        let asked = consumer.fetch_watermarks(topic, partition as i32, Duration::from_secs(30));
        let (_, there) = asked.unwrap_or_else(|error| panic!("`{topic}` can't be asked for: {error}"));
        let should = (end + PARTITIONS - 1 - partition) / PARTITIONS;
        if there as u64 != should {
            return Err(format!(
                "the test itself went wrong: {there} records were written to partition {partition} where {should} should be"
            ));
        }
    }
    Ok(())
}
