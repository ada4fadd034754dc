//! What becomes of a request on its way, decided by the seed.

use std::time::Duration;

use super::seed::Dice;

/// What the client hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// The store's own answer.
    True,
    /// "Busy", and nothing was done.
    Refused,
    /// "Busy", though it was done.
    Lost,
}

/// What becomes of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fate {
    /// From the client to the store.
    pub(super) out: Duration,
    /// Back.
    pub(super) back: Duration,
    pub(super) answer: Answer,
    /// The request arrives once more, so much later; nobody hears what comes of it.
    pub(super) again: Option<Duration>,
    /// If the client dies while the request is on its way, it never arrives.
    pub(super) dies_with_client: bool,
    /// What was written is damaged, so much later.
    pub(super) torn: Option<(Duration, Tear)>,
}

/// How an object is damaged. The numbers are taken modulo its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tear {
    /// It ends here.
    Cut(u64),
    /// A bit of this byte is another one.
    Flip(u64),
}

/// How bad it is. Chances are in thousandths of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Climate {
    pub(super) refused: u32,
    pub(super) lost: u32,
    pub(super) again: u32,
    /// Requests that take seconds instead of milliseconds.
    pub(super) slow: u32,
    pub(super) torn: u32,
    /// Milliseconds that a request usually takes at most, each way.
    pub(super) usual_ms: u64,
    /// From when until when nothing answers, in milliseconds of the simulation.
    pub(super) outages: Vec<(u64, u64)>,
    /// From then on all is well.
    pub(super) calm_after_ms: u64,
}

impl Climate {
    /// Nothing ever fails, nothing takes time.
    pub(super) fn calm() -> Self {
        Self::default()
    }

    /// As bad as the dice say: from calm to worse than anything real.
    pub(super) fn thrown(dice: &mut Dice, until_ms: u64) -> Self {
        let level = dice.below(4) as u32;
        let mut chance = |most: u64| dice.below(most + 1) as u32 * level / 3;
        let (refused, lost, again, slow, torn) = (chance(80), chance(60), chance(60), chance(25), chance(12));
        let mut outages = Vec::new();
        for _ in 0..dice.below(3) {
            let from = dice.below(until_ms.max(1));
            outages.push((from, from + dice.between(500, 40_000)));
        }
        Self {
            refused,
            lost,
            again,
            slow,
            // Half of the worlds have disks that keep what they are given.
            torn: if dice.chance(500) { torn } else { 0 },
            usual_ms: dice.below(40),
            outages: if level == 0 { Vec::new() } else { outages },
            calm_after_ms: until_ms,
        }
    }

    /// The fate of a request that is sent now.
    pub(super) fn fate(&self, dice: &mut Dice, now_ms: u64) -> Fate {
        // As many throws whatever comes of them: what one request meets does not hang on what another was.
        let (out, back) = (dice.below(self.usual_ms + 1), dice.below(self.usual_ms + 1));
        let (refused, lost) = (dice.chance(self.refused), dice.chance(self.lost));
        let (slow_out, slow_back) = (dice.chance(self.slow), dice.chance(self.slow));
        let seconds = dice.between(1000, 9000);
        let (again, later) = (dice.chance(self.again), dice.below(12_000));
        let dies_with_client = dice.chance(500);
        let (torn, torn_later) = (dice.chance(self.torn), dice.below(3000));
        let place = dice.below(u64::MAX);
        let tear = if dice.chance(500) {
            Tear::Cut(place)
        } else {
            Tear::Flip(place)
        };
        if now_ms >= self.calm_after_ms {
            return Fate {
                out: Duration::ZERO,
                back: Duration::ZERO,
                answer: Answer::True,
                again: None,
                dies_with_client,
                torn: None,
            };
        }
        let is_away = self
            .outages
            .iter()
            .any(|(from, until)| (*from..*until).contains(&now_ms));
        Fate {
            out: Duration::from_millis(if slow_out { seconds } else { out }),
            back: Duration::from_millis(if slow_back { seconds } else { back }),
            answer: match (is_away || refused, lost) {
                (true, _) => Answer::Refused,
                (false, true) => Answer::Lost,
                (false, false) => Answer::True,
            },
            again: again.then(|| Duration::from_millis(later)),
            dies_with_client,
            torn: torn.then(|| (Duration::from_millis(torn_later), tear)),
        }
    }
}
