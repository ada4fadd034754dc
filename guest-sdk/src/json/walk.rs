//! Any value, whatever its type: to go over it, or to copy it as compact JSON.

use super::java::append_double;
use super::reader::{DEPTH_LIMIT, Read, Reader};

/// The containers that a walk is in, a bit each: 1 is an object. A guest's stack is small and its records are hostile, so a walk
/// must not recurse.
struct Open {
    objects: [u64; DEPTH_LIMIT as usize / 64 + 1],
    depth: usize,
}

impl Open {
    fn push(&mut self, object: bool) {
        let bit = 1 << (self.depth % 64);
        let word = &mut self.objects[self.depth / 64];
        *word = if object { *word | bit } else { *word & !bit };
        self.depth += 1;
    }

    fn in_object(&self) -> bool {
        let innermost = self.depth - 1;
        self.objects[innermost / 64] & (1 << (innermost % 64)) != 0
    }
}

impl<const SPARK: bool> Reader<'_, SPARK> {
    /// Goes over the value that starts here. It has to be JSON all the way down.
    pub(super) fn skip_value(&mut self) -> Read {
        self.walk::<false>(&mut Vec::new())
    }

    /// Appends the value that starts here to `out`, as Jackson writes it: without white space, texts with no more escapes than
    /// needed, doubles as Java prints them.
    pub(super) fn append_compact(&mut self, out: &mut Vec<u8>) -> Read {
        self.walk::<true>(out)
    }

    fn walk<const WRITE: bool>(&mut self, out: &mut Vec<u8>) -> Read {
        if !matches!(self.peek(), b'{' | b'[') {
            return self.scalar::<WRITE>(out);
        }
        let mut open = Open {
            objects: [0; _],
            depth: 0,
        };
        loop {
            // A value starts here.
            let byte = self.peek();
            if matches!(byte, b'{' | b'[') {
                // `enter` keeps the depth within what `Open` can hold.
                self.enter()?;
                open.push(byte == b'{');
                write::<WRITE>(out, byte);
                let close = closing(open.in_object());
                if self.peek() != close {
                    self.name_in::<WRITE>(&open, out)?;
                    continue;
                }
                write::<WRITE>(out, close);
                self.leave();
                open.depth -= 1;
            } else {
                self.scalar::<WRITE>(out)?;
            }
            // A value has ended here, and so may those around it.
            loop {
                if open.depth == 0 {
                    return Ok(());
                }
                let close = closing(open.in_object());
                self.next(close)?;
                if self.peek() != close {
                    write::<WRITE>(out, b',');
                    self.name_in::<WRITE>(&open, out)?;
                    break;
                }
                write::<WRITE>(out, close);
                self.leave();
                open.depth -= 1;
            }
        }
    }

    /// In an object, goes over the name and the colon before a value.
    fn name_in<const WRITE: bool>(&mut self, open: &Open, out: &mut Vec<u8>) -> Read {
        if open.in_object() {
            if !self.at_text() {
                return self.unexpected("a name in quotes");
            }
            self.scalar::<WRITE>(out)?;
            write::<WRITE>(out, b':');
            self.colon()?;
        }
        Ok(())
    }

    fn scalar<const WRITE: bool>(&mut self, out: &mut Vec<u8>) -> Read {
        if self.at_text() {
            if WRITE {
                let text = self.text()?;
                append_quoted(&text, out);
            } else {
                self.skip_text()?;
            }
            return Ok(());
        }
        let start = self.at;
        match self.peek() {
            b't' => self.literal("true")?,
            b'f' => self.literal("false")?,
            b'n' => self.literal("null")?,
            _ => {
                if let Some(value) = self.no_number() {
                    if WRITE {
                        append_double(value, out);
                    }
                    return Ok(());
                }
                if !matches!(self.peek(), b'-' | b'0'..=b'9') {
                    return self.unexpected("a value");
                }
                let number = self.number("a number")?;
                if WRITE {
                    match number.text() {
                        "-0" => out.push(b'0'),
                        text if number.integer => out.extend_from_slice(text.as_bytes()),
                        _ => append_double(number.double(), out),
                    }
                }
                return Ok(());
            }
        }
        if WRITE {
            out.extend_from_slice(&self.bytes[start..self.at]);
        }
        Ok(())
    }
}

fn closing(object: bool) -> u8 {
    if object { b'}' } else { b']' }
}

#[inline]
fn write<const WRITE: bool>(out: &mut Vec<u8>, byte: u8) {
    if WRITE {
        out.push(byte);
    }
}

fn append_quoted(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        let short = match byte {
            b'"' | b'\\' => byte,
            8 => b'b',
            12 => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0..0x20 => {
                out.extend_from_slice(format!("\\u{byte:04X}").as_bytes());
                continue;
            }
            _ => {
                out.push(byte);
                continue;
            }
        };
        out.extend_from_slice(&[b'\\', short]);
    }
    out.push(b'"');
}
