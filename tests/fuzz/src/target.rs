//! A target and its run.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::mutation::Mutation;
use crate::quiet::{outcome, quiet_outcome};
use crate::random::Random;
use crate::smaller::smaller;
use crate::watch::Watch;

/// How long a target runs where nobody says otherwise.
const SHORT: Duration = Duration::from_secs(1);

/// The seed of a short run: the same inputs every time, as far as a second goes.
const SEED: u64 = 5;

/// Inputs that are mutated further, at most.
const MOST_KEPT: usize = 4096;

/// Something that has to hold for any input.
#[derive(Debug)]
pub struct Target {
    name: &'static str,
    seeds: Vec<Vec<u8>>,
    words: Vec<Vec<u8>>,
    longest: usize,
    head: usize,
    patience: Duration,
}

impl Target {
    /// The target whose inputs are kept in `corpus/NAME`.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            seeds: Vec::new(),
            words: Vec::new(),
            longest: 1 << 16,
            head: 0,
            patience: Duration::from_secs(20),
        }
    }

    /// Inputs to begin with, beside those in the corpus: what can be made is not kept.
    #[must_use]
    pub fn seeds<T: Into<Vec<u8>>>(mut self, seeds: impl IntoIterator<Item = T>) -> Self {
        self.seeds.extend(seeds.into_iter().map(Into::into));
        self
    }

    /// Pieces of inputs that mean something.
    #[must_use]
    pub fn words<T: AsRef<[u8]>>(mut self, words: impl IntoIterator<Item = T>) -> Self {
        self.words.extend(words.into_iter().map(|word| word.as_ref().to_vec()));
        self
    }

    /// The most bytes of an input that is made. Those of the corpus may be longer.
    #[must_use]
    pub fn longest(mut self, bytes: usize) -> Self {
        self.longest = bytes;
        self
    }

    /// How many bytes at the start are mostly left alone: without them nothing behind them is looked at.
    #[must_use]
    pub fn head(mut self, bytes: usize) -> Self {
        self.head = bytes;
        self
    }

    /// How long one input may take before it counts as a hang, on a machine that has other things to do.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Tries the corpus, then mutations of it. `check` panics where something does not hold; the word it gives tells what an
    /// input came to (see [`shape`]).
    ///
    /// # Panics
    /// If `check` does: with the input, where it is kept, and how to try it again.
    pub fn run(mut self, check: impl Fn(&[u8]) -> String) {
        let folder = self.folder();
        let watch = Watch::begin(self.name, self.patience, {
            let folder = folder.clone();
            move |input| kept_as(&folder, "slow", input)
        });
        let tried = |input: &[u8]| {
            watch.now(Some(input));
            let outcome = outcome(|| check(input));
            watch.now(None);
            outcome
        };

        let mut seen: HashMap<String, u64> = HashMap::new();
        let mut is_new = |outcome: String| {
            let count = seen.entry(outcome).or_default();
            *count += 1;
            *count == 1
        };
        let mut pool = Vec::new();
        for (path, input) in corpus(&folder) {
            match tried(&input) {
                Ok(outcome) => drop(is_new(outcome)),
                Err(panic) => panic!("fuzz {}: `{}` fails: {panic}", self.name, path.display()),
            }
            pool.push(input);
        }
        assert!(
            !pool.is_empty(),
            "fuzz {}: no inputs in `{}`",
            self.name,
            folder.display()
        );
        for seed in std::mem::take(&mut self.seeds) {
            match tried(&seed) {
                Ok(outcome) => drop(is_new(outcome)),
                Err(panic) => panic!("fuzz {}: a seed fails: {panic}\n{}", self.name, shown(&seed)),
            }
            pool.push(seed);
        }

        let asked = setting("WASMILL_FUZZ_SECONDS");
        let time = asked.map_or(SHORT, Duration::from_secs);
        let any = || RandomState::new().hash_one(self.name);
        let seed = setting("WASMILL_FUZZ_SEED").unwrap_or_else(|| if asked.is_some() { any() } else { SEED });
        let keeps = setting("WASMILL_FUZZ_KEEP").is_some();
        let (mut random, begun, mut tries) = (Random::new(seed), Instant::now(), 0_u64);
        while begun.elapsed() < time {
            let mutation = Mutation {
                pool: &pool,
                words: &self.words,
                longest: self.longest,
                head: self.head,
            };
            let input = mutation.make(&mut random);
            tries += 1;
            match tried(&input) {
                Ok(outcome) => {
                    if is_new(outcome) && pool.len() < MOST_KEPT {
                        if keeps {
                            let _ = std::fs::write(kept_as(&folder, "new", &input), &input);
                        }
                        pool.push(input);
                    }
                }
                Err(panic) => {
                    let small = smaller(&input, |input| quiet_outcome(|| check(input)).is_err());
                    let path = kept_as(&folder, "failed", &small);
                    let kept = match std::fs::write(&path, &small) {
                        Ok(()) => format!("kept as `{}`, which every run tries first", path.display()),
                        Err(error) => format!("can't be kept as `{}`: {error}", path.display()),
                    };
                    let Self { name, .. } = self;
                    panic!(
                        "fuzz {name}: {panic}\nthe input, made smaller, {kept}:\n{}\ntry {tries} of WASMILL_FUZZ_SEED={seed}",
                        shown(&small)
                    );
                }
            }
        }
        eprintln!(
            "fuzz {}: {tries} inputs in {:.1} s, {} outcomes, WASMILL_FUZZ_SEED={seed}",
            self.name,
            begun.elapsed().as_secs_f64(),
            seen.len()
        );
        if setting("WASMILL_FUZZ_TELL").is_some() {
            let mut seen: Vec<_> = seen.into_iter().collect();
            seen.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            for (outcome, count) in seen.iter().take(40) {
                eprintln!("{count:>10} {outcome}");
            }
        }
    }

    fn folder(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(self.name)
    }
}

/// A message without what differs from input to input: digits are one, what is quoted is left out, the end is cut.
pub fn shape(message: &str) -> String {
    let mut shape = String::new();
    let (mut quoted, mut hexadecimal) = (None, false);
    for letter in message.chars() {
        hexadecimal &= letter.is_ascii_hexdigit();
        match letter {
            _ if quoted == Some(letter) => quoted = None,
            _ if quoted.is_some() || hexadecimal => {}
            '`' | '"' => quoted = Some(letter),
            'x' if shape.ends_with('0') => hexadecimal = true,
            '0'..='9' if shape.ends_with('0') => {}
            '0'..='9' => shape.push('0'),
            _ => shape.push(letter),
        }
        if shape.len() >= 200 {
            break;
        }
    }
    shape
}

/// The kept inputs, in the order of their names.
fn corpus(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut inputs: Vec<(PathBuf, Vec<u8>)> = files
        .map(|file| file.path())
        .filter_map(|path| std::fs::read(&path).ok().map(|input| (path, input)))
        .collect();
    inputs.sort();
    inputs
}

fn kept_as(folder: &Path, why: &str, input: &[u8]) -> PathBuf {
    // FNV-1a: names have to be the same on every machine, and nothing else hangs on it.
    let hash = input.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    folder.join(format!("{why}-{hash:016x}"))
}

/// The start of an input, for a message.
fn shown(input: &[u8]) -> String {
    const MOST: usize = 1000;
    let mut text = String::new();
    let _ = write!(text, "{}", input[..input.len().min(MOST)].escape_ascii());
    if input.len() > MOST {
        let _ = write!(text, "... ({} bytes)", input.len());
    }
    text
}

/// A number from the environment. What is no number is not guessed at.
fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty())?;
    match text.parse() {
        Ok(number) => Some(number),
        Err(_) => panic!("{name} has to be a whole number, and is {text:?}"),
    }
}

#[cfg(test)]
#[path = "target_test.rs"]
mod tests;
