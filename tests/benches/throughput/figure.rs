//! The table of figures.

use std::time::Duration;

/// What was measured in each round.
pub(crate) struct Rounds(Vec<f64>);

impl Rounds {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    /// A round in which so many orders took so much of the processor's time.
    pub(crate) fn orders(&mut self, orders: usize, cpu: Duration) {
        self.0.push(orders as f64 / cpu.as_secs_f64());
    }

    /// A round that took so long.
    pub(crate) fn took(&mut self, time: Duration) {
        self.0.push(time.as_secs_f64());
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }

    fn median(&self) -> f64 {
        let sorted = self.sorted();
        sorted[sorted.len() / 2]
    }

    /// The median, with the least and the greatest.
    fn show(&self, number: impl Fn(f64) -> String) -> String {
        let sorted = self.sorted();
        format!(
            "{} ({} to {})",
            number(self.median()),
            number(sorted[0]),
            number(sorted[sorted.len() - 1])
        )
    }
}

fn line(what: &str, ours: &str, native: &str, ratio: &str, target: &str) {
    println!("{what:42}  {ours:23}  {native:23}  {ratio:19}  {target}");
}

/// The names of the columns; a figure is the median of its rounds, with the least and the greatest in brackets.
pub(crate) fn heading() {
    line("figure", "wasmill", "by hand", "ratio", "target");
}

/// Orders per second of processor time, against those of the loop by hand. Each round of ours is held against the one by hand
/// that followed it: they saw the same machine.
pub(crate) fn against_native(what: &str, ours: &Rounds, native: &Rounds, target: &str) {
    let thousands = |orders: f64| format!("{:.0}k", orders / 1000.0);
    let ratios = Rounds(
        ours.0
            .iter()
            .zip(&native.0)
            .map(|(ours, native)| ours / native)
            .collect(),
    );
    let ratio = ratios.show(|ratio| format!("{ratio:.2}"));
    line(what, &ours.show(thousands), &native.show(thousands), &ratio, target);
}

/// Seconds.
pub(crate) fn seconds(what: &str, times: &Rounds, target: &str) {
    line(what, &times.show(|seconds| format!("{seconds:.2} s")), "", "", target);
}

/// Something else.
pub(crate) fn other(what: &str, value: &str, target: &str) {
    line(what, value, "", "", target);
}
