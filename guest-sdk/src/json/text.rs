//! Texts: `"..."`, their escapes, and names.

use std::borrow::Cow;

use super::reader::{Miss, Read, Reader};

/// The bytes that end a plain stretch of text are looked for eight at a time.
const STEP: usize = 8;
/// A 1 in each byte of a step.
pub(super) const ONES: u64 = u64::from_ne_bytes([1; STEP]);
const HIGHS: u64 = ONES << 7;

/// Marks (by its high bit) the first byte of the eight that is `quote`, a backslash or a control character; bytes above it may
/// be marked falsely.
#[inline(always)]
fn special(word: u64, quote: u8) -> u64 {
    let zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let quoted = zero(word ^ (ONES * u64::from(quote)));
    let escaped = zero(word ^ (ONES * u64::from(b'\\')));
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (quoted | escaped | control) & HIGHS
}

const A_TEXT: &str = "a text";

impl<'a, const SPARK: bool> Reader<'a, SPARK> {
    /// Whether a text starts here. Spark takes single quotes too.
    #[inline(always)]
    pub(super) fn at_text(&self) -> bool {
        self.peek() == b'"' || (SPARK && self.peek() == b'\'')
    }

    /// Reads the text that starts here and appends it to `out`. After an `Err`, `out` may hold a piece of it.
    #[inline(always)]
    pub(super) fn append_text(&mut self, out: &mut Vec<u8>) -> Read {
        if !self.at_text() {
            return self.other_type(self.at, A_TEXT);
        }
        let (start, quote, from) = (self.at, self.peek(), out.len());
        self.at += 1;
        let mut high = 0;
        loop {
            // Copies whole steps while it looks at them, and takes back what was too much: the length of a short copy is the
            // dear thing about it.
            while let Some(step) = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk::<STEP>) {
                let word = u64::from_le_bytes(*step);
                let stops = special(word, quote);
                out.extend_from_slice(step);
                if stops != 0 {
                    let plain = stops.trailing_zeros() as usize / 8;
                    out.truncate(out.len() - STEP + plain);
                    self.at += plain;
                    high |= word & !(u64::MAX << (8 * plain));
                    break;
                }
                self.at += STEP;
                high |= word;
            }
            match self.peek() {
                byte if byte == quote => break,
                b'\\' => self.escape(out)?,
                0..0x20 => return self.control(start),
                byte => {
                    out.push(byte);
                    self.at += 1;
                    high |= u64::from(byte);
                }
            }
        }
        self.at += 1;
        if high & HIGHS != 0 && std::str::from_utf8(&out[from..]).is_err() {
            return self.broken(start, "the text is not UTF-8");
        }
        Ok(())
    }

    /// Goes over the text that starts here; true if it has escapes.
    #[inline(always)]
    pub(super) fn skip_text(&mut self) -> Read<bool> {
        if !self.at_text() {
            return self.other_type(self.at, A_TEXT);
        }
        let (start, quote) = (self.at, self.peek());
        self.at += 1;
        let (mut high, mut escapes) = (0, false);
        loop {
            while let Some(step) = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk::<STEP>) {
                let word = u64::from_le_bytes(*step);
                let stops = special(word, quote);
                if stops != 0 {
                    let plain = stops.trailing_zeros() as usize / 8;
                    self.at += plain;
                    high |= word & !(u64::MAX << (8 * plain));
                    break;
                }
                self.at += STEP;
                high |= word;
            }
            match self.peek() {
                byte if byte == quote => break,
                b'\\' => {
                    escapes = true;
                    self.escaped()?;
                }
                0..0x20 => return self.control(start),
                byte => {
                    self.at += 1;
                    high |= u64::from(byte);
                }
            }
        }
        self.at += 1;
        if high & HIGHS != 0 && std::str::from_utf8(&self.bytes[start..self.at]).is_err() {
            return self.broken(start, "the text is not UTF-8");
        }
        Ok(escapes)
    }

    /// Reads the text that starts here; it is borrowed if it has no escapes.
    pub(super) fn text(&mut self) -> Read<Cow<'a, str>> {
        let start = self.at;
        let plain = !self.skip_text()?;
        let end = self.at;
        if plain {
            let text = std::str::from_utf8(&self.bytes[start + 1..end - 1]);
            return text.map(Cow::Borrowed).map_err(|_| Miss::Syntax);
        }
        self.at = start;
        let mut decoded = Vec::with_capacity(end - start);
        self.append_text(&mut decoded)?;
        String::from_utf8(decoded).map(Cow::Owned).map_err(|_| Miss::Syntax)
    }

    #[cold]
    fn control<T>(&mut self, start: usize) -> Read<T> {
        if self.at >= self.bytes.len() {
            return self.broken(start, "the text has no closing quote");
        }
        self.broken(self.at, "a control character in a text has to be escaped")
    }

    /// Reads the escape that starts here.
    #[cold]
    fn escape(&mut self, out: &mut Vec<u8>) -> Read {
        let unit = self.escaped()?;
        let mut char = char::from_u32(unit);
        if (0xD800..0xDC00).contains(&unit) && self.peek() == b'\\' {
            // The second half of a pair stands right behind the first; anything else is read on its own.
            let behind_first = self.at;
            let low = self.escaped()?;
            if (0xDC00..0xE000).contains(&low) {
                char = char::from_u32(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
            } else {
                self.at = behind_first;
            }
        }
        match char {
            Some(char) => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
            // Half a pair has no UTF-8 form: Java writes a question mark.
            None if SPARK => out.push(b'?'),
            None => return self.broken(self.at - 6, "half a surrogate pair is no character"),
        }
        Ok(())
    }

    /// Goes over the escape that starts here and gives what it stands for, as one unit of UTF-16.
    #[cold]
    fn escaped(&mut self) -> Read<u32> {
        let start = self.at;
        let byte = self.bytes.get(start + 1).copied().unwrap_or(0);
        self.at += 2;
        Ok(u32::from(match byte {
            b'"' | b'\\' | b'/' => byte,
            b'\'' if SPARK => byte,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let digits = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk::<4>);
                let digit = |unit: Option<u32>, &digit: &u8| Some(unit? * 16 + char::from(digit).to_digit(16)?);
                self.at += 4;
                return match digits.and_then(|digits| digits.iter().fold(Some(0), digit)) {
                    Some(unit) => Ok(unit),
                    None => self.broken(start, "`\\u` has to be followed by four hexadecimal digits"),
                };
            }
            _ => return self.broken(start, "this escape is not known"),
        }))
    }
}
