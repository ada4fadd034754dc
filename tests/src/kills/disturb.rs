//! Each disturbance, from what leads to it to the moment when the pipeline runs again.

use std::time::Duration;

use super::fault::{Fault, Outage, Server};
use super::instance::{End, Instance};
use super::run::Disturbed;

/// How long a process may take to end when it is asked to: the machine may be busy.
const END: Duration = Duration::from_secs(30);

impl Disturbed<'_> {
    /// Does it.
    ///
    /// # Errors
    /// What is wrong: with the output, or with how a process ended.
    pub(super) fn disturb(&mut self, fault: Fault) -> Result<(), String> {
        self.note(&fault.to_string());
        if fault != Fault::Kill {
            *self.report.faults.entry(fault.to_string()).or_default() += 1;
        }
        match fault {
            Fault::Kill => self.kill(),
            Fault::Interrupt => self.interrupt(),
            Fault::InterruptTwice => self.interrupt_twice(),
            Fault::SecondStart => self.start_a_second_one(),
            Fault::Zombie(time) => self.make_a_zombie(time),
            Fault::Away(server, outage) => self.take_away(server, outage),
            Fault::DiskFull => self.fill_disk(),
        }
    }

    fn kill(&mut self) -> Result<(), String> {
        // Now and then while it is not even up: in the middle of a recovery. Not always, or it would come to nothing.
        if self.killed_early < 3 && self.random.percent(30) {
            let age = self.random.millis(0, 300);
            self.wait(age.saturating_sub(self.instance.age()))?;
            return self.kill_now();
        }
        self.wait_for_a_commit()?;
        let time = self.random.millis(0, 700);
        self.wait(time)?;
        if self.random.percent(40) {
            // Behind a manifest, in front of all that it promises.
            self.wait_for_a_manifest()?;
            super::pause(Duration::from_micros(self.random.below(8000)));
        }
        self.kill_now()
    }

    fn kill_now(&mut self) -> Result<(), String> {
        let is_early = self.instance.first_commit.is_none();
        self.note("killed now");
        let end = self.instance.kill();
        self.report.kills += 1;
        self.report.killed_early += u64::from(is_early);
        self.killed_early = if is_early { self.killed_early + 1 } else { 0 };
        no_panic(&end)?;
        self.start_again();
        Ok(())
    }

    fn interrupt(&mut self) -> Result<(), String> {
        self.wait_for_a_commit()?;
        let time = self.random.millis(0, 700);
        self.wait(time)?;
        self.instance.signal("INT");
        self.ends_with(&[0])?;
        self.start_again();
        Ok(())
    }

    fn interrupt_twice(&mut self) -> Result<(), String> {
        self.wait_for_a_commit()?;
        let time = self.random.millis(0, 700);
        self.wait(time)?;
        self.instance.signal("INT");
        super::pause(self.random.millis(0, 100));
        self.instance.signal("INT");
        // It may have ended before it heard of the second one.
        self.ends_with(&[0, 130])?;
        self.start_again();
        Ok(())
    }

    /// The process that runs has to end with one of these.
    fn ends_with(&mut self, codes: &[i32]) -> Result<(), String> {
        let Some(end) = self.instance.wait(END) else {
            return Err(format!("it was asked to end, and has not after {} s", END.as_secs()));
        };
        no_panic(&end)?;
        match end.code {
            Some(code) if codes.contains(&code) => Ok(()),
            _ => Err(format!("it was asked to end, and did so with {end}")),
        }
    }

    /// Another one beside the one that is well: refused, and the first one goes on.
    fn start_a_second_one(&mut self) -> Result<(), String> {
        self.wait_for_a_commit()?;
        let mut second = self.another();
        let end = self.wait_for_end(&mut second)?;
        let Some(end) = end else {
            return Err("a second start beside one that runs was not refused".to_owned());
        };
        no_panic(&end)?;
        if !end.is_chosen() {
            return Err(format!(
                "a second start beside one that runs was not refused, but had {end}"
            ));
        }
        self.note(&format!("the second one says: {}", end.error()));
        self.wait_for_progress()
    }

    fn make_a_zombie(&mut self, time: Duration) -> Result<(), String> {
        self.wait_for_a_commit()?;
        let lead = self.random.millis(0, 700);
        self.wait(lead)?;
        self.instance.signal("STOP");
        let stopped = std::time::Instant::now();
        let another = self.another();
        let mut first = std::mem::replace(&mut self.instance, another);
        self.report.restarts += 1;
        self.wait_for_a_commit()?;
        self.wait(time.saturating_sub(stopped.elapsed()))?;
        first.signal("CONT");
        let Some(end) = self.wait_for_end(&mut first)? else {
            return Err("one that was stopped woke up, while another one had taken over, and goes on".to_owned());
        };
        no_panic(&end)?;
        if !end.is_chosen() || !end.errors.contains("has taken over") {
            return Err(format!(
                "one that was stopped woke up and did not find itself fenced: {end}"
            ));
        }
        self.note(&format!("the one that woke up says: {}", end.error()));
        self.wait_for_progress()
    }

    /// Waits for the end of one that is not the one that shall go on. None if it does not end.
    fn wait_for_end(&mut self, other: &mut Instance) -> Result<Option<End>, String> {
        let until = std::time::Instant::now() + END;
        while std::time::Instant::now() < until {
            if let Some(end) = other.ended() {
                return Ok(Some(end));
            }
            self.tick()?;
        }
        Ok(None)
    }

    fn take_away(&mut self, server: Server, outage: Outage) -> Result<(), String> {
        self.wait_for_a_commit()?;
        let time = self.random.millis(0, 700);
        self.wait(time)?;
        let (away, back) = match outage {
            Outage::Stop => ("stop", "start"),
            Outage::Kill => ("kill", "start"),
            Outage::Pause => ("pause", "resume"),
        };
        self.servers.tell(away, server);
        let outcome = self.without_what_it_needs();
        self.servers.tell(back, server);
        outcome.and_then(|()| self.has_what_it_needs())
    }

    fn fill_disk(&mut self) -> Result<(), String> {
        self.wait_for_a_commit()?;
        let time = self.random.millis(0, 700);
        self.wait(time)?;
        self.disk.fill();
        let outcome = self.without_what_it_needs();
        self.disk.free();
        outcome.and_then(|()| self.has_what_it_needs())
    }

    /// A while in which it may end by itself, and may be killed too.
    fn without_what_it_needs(&mut self) -> Result<(), String> {
        self.may_end = true;
        let time = self.random.millis(200, 4000);
        if self.random.percent(40) {
            self.wait(time / 2)?;
            self.kill_now()?;
        }
        self.wait(time)
    }

    /// All is there again: it has to go on, if need be by another start.
    fn has_what_it_needs(&mut self) -> Result<(), String> {
        self.wait_for_progress()?;
        self.may_end = false;
        Ok(())
    }
}

/// # Errors
/// The process panicked.
pub(super) fn no_panic(end: &End) -> Result<(), String> {
    match end.errors.contains("panicked at") {
        true => Err(format!("it panicked: {end}")),
        false => Ok(()),
    }
}
