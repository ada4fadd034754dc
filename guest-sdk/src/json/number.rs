//! Numbers.

use super::reader::{Read, Reader};

/// Jackson's limit, and so Spark's.
const LONGEST: usize = 1000;

/// The powers of ten that a double holds exactly.
const EXACT_POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// A number as it was written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number<'a> {
    /// All of it.
    pub(super) text: &'a str,
    /// It has neither point nor exponent.
    pub(super) integer: bool,
    /// Its digits without sign, point and exponent, if they are at most 19.
    digits: Option<u64>,
    /// The power of ten that belongs to `digits`.
    exponent: i32,
}

impl Number<'_> {
    fn negative(self) -> bool {
        self.text.starts_with('-')
    }

    /// The nearest double; infinite if there is none that large.
    #[inline]
    pub(super) fn double(self) -> f64 {
        // With digits and a power that are both exact, one operation rounds correctly (Clinger's fast path).
        if let Some(digits @ ..=0x1F_FFFF_FFFF_FFFF) = self.digits
            && let Some(&power) = EXACT_POWERS.get(self.exponent.unsigned_abs() as usize)
        {
            let digits = digits as f64;
            let value = if self.exponent < 0 {
                digits / power
            } else {
                digits * power
            };
            return if self.negative() { -value } else { value };
        }
        // The grammar was checked, and it is Rust's too.
        self.text.parse().unwrap_or(f64::NAN)
    }
}

impl<'a, const SPARK: bool> Reader<'a, SPARK> {
    /// Reads an integer. Another number is of the wrong type, even one without a fraction (`7.0`).
    #[inline]
    pub(super) fn integer(&mut self, expected: &'static str) -> Read<i64> {
        let start = self.at;
        let negative = self.peek() == b'-';
        self.at += usize::from(negative);
        let first = self.at;
        let mut value = 0_i64;
        let mut digit = self.peek().wrapping_sub(b'0');
        while digit < 10 {
            // Eighteen digits fit whatever they are; longer ones are rare, so the general way may read them again.
            value = value.wrapping_mul(10).wrapping_add(i64::from(digit));
            self.at += 1;
            digit = self.peek().wrapping_sub(b'0');
        }
        let digits = self.at - first;
        let plain = (1..=18).contains(&digits) && (digits == 1 || self.bytes[first] != b'0');
        if plain && !matches!(self.peek(), b'.' | b'e' | b'E') {
            return Ok(if negative { -value } else { value });
        }
        self.at = start;
        let number = self.number(expected)?;
        match number.text.parse() {
            Ok(value) if number.integer => Ok(value),
            _ => self.other_type(start, expected),
        }
    }

    /// Reads any number.
    #[inline]
    pub(super) fn number(&mut self, expected: &'static str) -> Read<Number<'a>> {
        let start = self.at;
        if !matches!(self.peek(), b'-' | b'0'..=b'9') {
            return self.other_type(start, expected);
        }
        self.at += usize::from(self.peek() == b'-');
        if SPARK && self.peek() == b'I' {
            return self.other_type(start, expected);
        }
        let mut digits = 0;
        let leading_zero = self.peek() == b'0';
        let whole = self.digits(&mut digits)?;
        if leading_zero && whole > 1 {
            return self.broken(start, "a number can't start with a zero");
        }
        let mut fraction = 0;
        let mut integer = true;
        if self.peek() == b'.' {
            self.at += 1;
            fraction = self.digits(&mut digits)?;
            integer = false;
        }
        let mut exponent = 0_i32;
        let mut exponent_digits = 0;
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            let negative = self.peek() == b'-';
            self.at += usize::from(matches!(self.peek(), b'+' | b'-'));
            let mut power = 0;
            exponent_digits = self.digits(&mut power)?;
            // Nine digits fit an i32; more of them only have to be out of the fast path's reach.
            let power = if exponent_digits <= 9 {
                power as i32
            } else {
                i32::MAX / 2
            };
            exponent = if negative { -power } else { power };
            integer = false;
        }
        if whole + fraction + exponent_digits > LONGEST {
            return self.broken(start, "a number has more than 1000 digits");
        }
        let text = std::str::from_utf8(&self.bytes[start..self.at]).unwrap_or_default();
        let digits = (whole + fraction <= 19).then_some(digits);
        Ok(Number {
            text,
            integer,
            digits,
            exponent: exponent - fraction as i32,
        })
    }

    /// Reads at least one digit onto `value`, which wraps from the twentieth on, and tells how many there were.
    #[inline]
    fn digits(&mut self, value: &mut u64) -> Read<usize> {
        let start = self.at;
        let mut digit = self.peek().wrapping_sub(b'0');
        while digit < 10 {
            *value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
            self.at += 1;
            digit = self.peek().wrapping_sub(b'0');
        }
        if self.at == start {
            return self.unexpected("a digit");
        }
        Ok(self.at - start)
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
