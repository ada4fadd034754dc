//! The end of a run: no more records, all that is there comes through, and is it all there is?

use std::time::{Duration, Instant};

use super::instance::End;
use super::output::{Output, Verdict};
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
    pub(super) fn finish(&mut self) -> Result<(), String> {
        let end = self.close_feed();
        self.note(&format!("{end} records are written"));
        self.report.records = end;
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
