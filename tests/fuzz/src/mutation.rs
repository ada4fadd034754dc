//! Inputs made of inputs.

use std::ops::Range;

use crate::random::Random;

/// Bytes that mean something somewhere.
const BYTES: &[u8] = &[
    0, 1, 0x20, b'0', b'9', b'"', b'\'', b'\\', b'\n', 0x7f, 0x80, 0xc3, 0xfe, 0xff,
];

/// Numbers at which programs stumble.
const NUMBERS: &[i64] = &[
    0,
    1,
    -1,
    7,
    8,
    9,
    127,
    128,
    255,
    256,
    1000,
    1001,
    65_535,
    65_536,
    i32::MAX as i64,
    i32::MIN as i64,
    u32::MAX as i64,
    i64::MAX,
    i64::MIN,
];

/// What inputs are made of: other inputs, and words that have a meaning for the target.
pub(crate) struct Mutation<'a> {
    pub(crate) pool: &'a [Vec<u8>],
    pub(crate) words: &'a [Vec<u8>],
    pub(crate) longest: usize,
    /// Bytes at the start that mostly stay.
    pub(crate) head: usize,
}

impl Mutation<'_> {
    /// One of the pool with some changes; the newer ones more often, since they are what nobody looked at yet.
    pub(crate) fn make(&self, random: &mut Random) -> Vec<u8> {
        let newest = self.pool.len().min(32);
        let choices = if random.once_in(2) {
            &self.pool[self.pool.len() - newest..]
        } else {
            self.pool
        };
        let mut input = random.one_of(choices).cloned().unwrap_or_default();
        let keeps_head = !random.once_in(64);
        let head: Vec<u8> = if keeps_head {
            input.drain(..self.head.min(input.len())).collect()
        } else {
            Vec::new()
        };
        // Half the time a single one: of many, one mostly hides what the others do.
        let changes = if random.once_in(2) { 1 } else { 1 << random.below(4) };
        for _ in 0..=random.below(changes) {
            self.change(&mut input, random);
        }
        input.splice(..0, head);
        input.truncate(self.longest);
        input
    }

    fn change(&self, input: &mut Vec<u8>, random: &mut Random) {
        let at = random.below(input.len() + 1);
        let piece = at..(at + 1 + short(random)).min(input.len());
        match random.below(20) {
            0 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
            1 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte = random.byte();
                }
            }
            2 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte = random.one_of(BYTES).copied().unwrap_or_default();
                }
            }
            3 => input.insert(at, random.one_of(BYTES).copied().unwrap_or_default()),
            4 | 5 if at < input.len() => drop(input.drain(piece)),
            6 if at < input.len() => {
                let copy = input[piece.clone()].to_vec();
                let most = if random.once_in(8) { 200 } else { 3 };
                let many = 1 + random.below(most);
                let copies = copy.repeat(many);
                input.splice(piece.start..piece.start, copies);
            }
            7 if at < input.len() => {
                let copy = input[piece].to_vec();
                let to = random.below(input.len() + 1);
                input.splice(to..to, copy);
            }
            8 => input.truncate(at),
            9 => number(input, at, random),
            10 => digits(input, at, random),
            11 => lines(input, random),
            12 | 13 => self.word(input, at, random),
            14..=17 => self.token(input, random),
            _ => self.splice(input, at, random),
        }
    }

    fn word(&self, input: &mut Vec<u8>, at: usize, random: &mut Random) {
        if let Some(word) = random.one_of(self.words) {
            // Beside what is there, or over it.
            let over = if random.once_in(2) { word.len() } else { 0 };
            input.splice(at..(at + over).min(input.len()), word.iter().copied());
        }
    }

    /// A word of another input in place of one that is there: what is text mostly stays a text of its kind.
    fn token(&self, input: &mut Vec<u8>, random: &mut Random) {
        let Some(other) = random.one_of(self.pool) else { return };
        let (Some(from), Some(to)) = (a_token(other, random), a_token(input, random)) else {
            return;
        };
        input.splice(to, other[from].iter().copied());
    }

    /// A piece of another input.
    fn splice(&self, input: &mut Vec<u8>, at: usize, random: &mut Random) {
        let Some(other) = random.one_of(self.pool) else { return };
        let from = random.below(other.len() + 1);
        let length = if random.once_in(4) { other.len() } else { short(random) };
        let piece = &other[from..(from + length).min(other.len())];
        let over = if random.once_in(2) { piece.len() } else { 0 };
        input.splice(at..(at + over).min(input.len()), piece.iter().copied());
    }
}

/// A run of letters and digits, or a single byte that is neither.
fn a_token(input: &[u8], random: &mut Random) -> Option<Range<usize>> {
    let at = random.below(input.len());
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | 0x80..);
    if !is_word(input.get(at)?) {
        return Some(at..at + 1);
    }
    let before = input[..at].iter().rev().take_while(|byte| is_word(byte)).count();
    let behind = input[at..].iter().take_while(|byte| is_word(byte)).count();
    Some(at - before..at + behind)
}

/// Mostly small.
fn short(random: &mut Random) -> usize {
    let bits = random.below(8);
    random.below(1 << bits)
}

/// A binary number over what is there.
fn number(input: &mut Vec<u8>, at: usize, random: &mut Random) {
    let number = random.one_of(NUMBERS).copied().unwrap_or_default();
    let width = 1 << random.below(4);
    let bytes = &number.to_le_bytes()[..width];
    input.splice(at..(at + width).min(input.len()), bytes.iter().copied());
}

/// Another number in place of one that is written in digits.
fn digits(input: &mut Vec<u8>, from: usize, random: &mut Random) {
    let Some(start) = (from..input.len()).find(|at| input[*at].is_ascii_digit()) else {
        return;
    };
    let count = input[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = random.one_of(NUMBERS).copied().unwrap_or_default().to_string();
    input.splice(start..start + count, number.into_bytes());
}

/// A line taken out, put in twice, or elsewhere.
fn lines(input: &mut Vec<u8>, random: &mut Random) {
    let mut lines: Vec<&[u8]> = input.split_inclusive(|byte| *byte == b'\n').collect();
    if lines.is_empty() {
        return;
    }
    let line = lines.remove(random.below(lines.len()));
    for _ in 0..random.below(3) {
        lines.insert(random.below(lines.len() + 1), line);
    }
    *input = lines.concat();
}
