//! Numbers.

use super::reader::{Read, Reader};

/// Jackson's limit, and so Spark's.
const LONGEST: usize = 1000;

/// The first powers of ten; a double holds each of them exactly.
const EXACT_POWERS: [f64; 16] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// Reads the digits from `start` on behind those that made `value`, and tells how many there were. Wraps from the twentieth on.
#[inline(always)]
fn digits(bytes: &[u8], start: usize, mut value: u64) -> (u64, usize) {
    let mut count = 0;
    for byte in bytes.get(start..).unwrap_or_default() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        count += 1;
    }
    (value, count)
}

/// A number as it was written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number<'a> {
    bytes: &'a [u8],
    /// It has neither point nor exponent.
    pub(super) integer: bool,
}

impl<'a> Number<'a> {
    pub(super) fn text(self) -> &'a str {
        std::str::from_utf8(self.bytes).unwrap_or_default()
    }

    /// The nearest double; infinite if there is none that large.
    pub(super) fn double(self) -> f64 {
        // The grammar was checked, and it is Rust's too.
        self.text().parse().unwrap_or(f64::NAN)
    }
}

impl<'a, const SPARK: bool> Reader<'a, SPARK> {
    /// Reads an integer. Another number is of the wrong type, even one without a fraction (`7.0`).
    #[inline(always)]
    pub(super) fn integer(&mut self, expected: &'static str) -> Read<i64> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let negative = rest.first() == Some(&b'-');
        let (value, digits) = digits(rest, usize::from(negative), 0);
        let end = digits + usize::from(negative);
        // Eighteen digits fit whatever they are.
        let short = digits == 1 || ((2..=18).contains(&digits) && rest[usize::from(negative)] != b'0');
        if short && !matches!(rest.get(end), Some(b'.' | b'e' | b'E')) {
            self.at += end;
            let value = value as i64;
            return Ok(if negative { -value } else { value });
        }
        self.long_integer(expected)
    }

    #[cold]
    fn long_integer(&mut self, expected: &'static str) -> Read<i64> {
        let start = self.at;
        let number = self.number(expected)?;
        match number.text().parse() {
            Ok(value) if number.integer => Ok(value),
            _ => self.other_type(start, expected),
        }
    }

    /// Reads a number of at most 15 digits and no exponent, as most are; nothing if another thing stands here.
    #[inline(always)]
    pub(super) fn short_decimal(&mut self) -> Option<f64> {
        let rest = self.bytes.get(self.at..)?;
        let negative = rest.first() == Some(&b'-');
        let start = usize::from(negative);
        let (mut value, whole) = digits(rest, start, 0);
        let (mut end, mut fraction) = (start + whole, 0);
        if rest.get(end) == Some(&b'.') {
            (value, fraction) = digits(rest, end + 1, value);
            end += 1 + fraction;
            if fraction == 0 {
                return None;
            }
        }
        let zeros = whole > 1 && rest[start] == b'0';
        // Signs of zero are a matter for the general way.
        let plain = whole > 0 && whole + fraction <= 15 && !zeros && !(negative && value == 0);
        if !plain || matches!(rest.get(end), Some(b'e' | b'E')) {
            return None;
        }
        self.at += end;
        // Both are exact, so that one division rounds correctly (Clinger's fast path).
        let value = value as i64 as f64 / EXACT_POWERS[fraction];
        Some(if negative { -value } else { value })
    }

    /// Reads any number.
    pub(super) fn number(&mut self, expected: &'static str) -> Read<Number<'a>> {
        let start = self.at;
        let signed = usize::from(self.peek() == b'-');
        let infinite = SPARK && self.bytes.get(start + signed) == Some(&b'I');
        if infinite || !matches!(self.peek(), b'-' | b'0'..=b'9') {
            return self.other_type(start, expected);
        }
        self.at += signed;
        let leading_zero = self.peek() == b'0';
        let whole = self.some_digits()?;
        if leading_zero && whole > 1 {
            return self.broken(start, "a number can't start with a zero");
        }
        let mut integer = true;
        let (mut fraction, mut exponent) = (0, 0);
        if self.peek() == b'.' {
            integer = false;
            self.at += 1;
            fraction = self.some_digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            integer = false;
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), b'+' | b'-'));
            exponent = self.some_digits()?;
        }
        if whole + fraction + exponent > LONGEST {
            return self.broken(start, "a number has more than 1000 digits");
        }
        Ok(Number {
            bytes: &self.bytes[start..self.at],
            integer,
        })
    }

    /// Goes over at least one digit and tells how many there were.
    fn some_digits(&mut self) -> Read<usize> {
        let (_, count) = digits(self.bytes, self.at, 0);
        if count == 0 {
            return self.unexpected("a digit");
        }
        self.at += count;
        Ok(count)
    }

    /// Spark's numbers that are none: NaN and the infinities. Nothing is read if none of them stands here.
    pub(super) fn no_number(&mut self) -> Option<f64> {
        // As Jackson: the short names need a sign.
        const NAMES: [(&[u8], f64); 6] = [
            (b"NaN", f64::NAN),
            (b"Infinity", f64::INFINITY),
            (b"+Infinity", f64::INFINITY),
            (b"-Infinity", f64::NEG_INFINITY),
            (b"+INF", f64::INFINITY),
            (b"-INF", f64::NEG_INFINITY),
        ];
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let (name, value) = NAMES.into_iter().find(|(name, _)| SPARK && rest.starts_with(name))?;
        self.at += name.len();
        Some(value)
    }
}
