//! The place in a text, its white space and punctuation, and what is said when something else stands there.
//!
//! What runs once a value is `inline(always)`, here and in the sibling files: then the place stays in a register over a whole
//! object, which is worth a tenth of the time (`benches/json.rs`). What runs once an odd value is `cold`.

use crate::Error;

/// How deep arrays and objects may stand in each other, the outermost counted: Jackson's limit, and so Spark's.
pub(super) const DEPTH_LIMIT: u32 = 1000;

/// Why a value could not be read. What was expected, and where, the reader keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    /// It is a value, but of another type. The reader stands anywhere inside it.
    Type,
    /// It would have a null where its Rust type can have none.
    Null,
    /// It is not JSON.
    Syntax,
}

/// What a piece of reading gives.
pub type Read<T = ()> = Result<T, Miss>;

/// A JSON text and the place that reading has come to.
///
/// With `SPARK` it takes what Spark's `from_json` takes, which is more than JSON; the differences stand where they are made.
#[derive(Debug)]
pub struct Reader<'a, const SPARK: bool> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    /// How many arrays and objects are open.
    pub(super) depth: u32,
    problem: Problem,
    problem_at: usize,
    /// Where the problem's value stands, innermost step first; written on the way out only.
    path: Vec<Step>,
}

/// What was wrong.
#[derive(Debug, Clone, Copy)]
enum Problem {
    /// Another thing was expected than the one that stands there.
    Expected(&'static str),
    /// What stands there is plain, but must not be.
    Broken(&'static str),
}

/// A step of a JSON path.
#[derive(Debug)]
enum Step {
    Field(&'static str),
    Element(usize),
}

impl<'a, const SPARK: bool> Reader<'a, SPARK> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let problem = Problem::Expected("JSON");
        Reader {
            bytes,
            at: 0,
            depth: 0,
            problem,
            problem_at: 0,
            path: Vec::new(),
        }
    }

    /// The byte at this place, or 0 behind the end: no token starts with 0.
    #[inline(always)]
    pub(super) fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    #[inline(always)]
    pub(super) fn skip_space(&mut self) {
        // None or one blank is what most producers write.
        self.at += usize::from(self.peek() == b' ');
        if self.peek() <= b' ' {
            self.skip_more_space();
        }
    }

    #[cold]
    fn skip_more_space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\t' | b'\r') {
            self.at += 1;
        }
    }

    /// Where reading has come to, to return there.
    #[inline(always)]
    pub(super) fn place(&self) -> (usize, u32) {
        (self.at, self.depth)
    }

    #[inline(always)]
    pub(super) fn back_to(&mut self, place: (usize, u32)) {
        (self.at, self.depth) = place;
    }

    /// Another type than `expected` stands at `at`.
    #[cold]
    pub(super) fn other_type<T>(&mut self, at: usize, expected: &'static str) -> Read<T> {
        (self.problem, self.problem_at) = (Problem::Expected(expected), at);
        Err(Miss::Type)
    }

    /// Something stands here that is not `expected`, nor any JSON.
    #[cold]
    pub(super) fn unexpected<T>(&mut self, expected: &'static str) -> Read<T> {
        (self.problem, self.problem_at) = (Problem::Expected(expected), self.at);
        Err(Miss::Syntax)
    }

    /// What stands at `at` is `broken`.
    #[cold]
    pub(super) fn broken<T>(&mut self, at: usize, broken: &'static str) -> Read<T> {
        (self.problem, self.problem_at) = (Problem::Broken(broken), at);
        Err(Miss::Syntax)
    }

    #[cold]
    pub(super) fn in_field(&mut self, name: &'static str) {
        self.path.push(Step::Field(name));
    }

    #[cold]
    pub(super) fn in_element(&mut self, index: usize) {
        self.path.push(Step::Element(index));
    }

    /// `true`, `false` and `null`.
    #[inline(always)]
    pub(super) fn literal(&mut self, literal: &'static str) -> Read {
        if self
            .bytes
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(literal.as_bytes()))
        {
            self.at += literal.len();
            return Ok(());
        }
        self.unexpected(literal)
    }

    /// Goes into an array or object.
    #[inline(always)]
    pub(super) fn enter(&mut self) -> Read {
        if self.depth >= DEPTH_LIMIT {
            return self.broken(self.at, "nested deeper than 1000 levels");
        }
        self.at += 1;
        self.depth += 1;
        self.skip_space();
        Ok(())
    }

    /// Goes out of it again.
    #[inline(always)]
    pub(super) fn leave(&mut self) {
        self.at += 1;
        self.depth -= 1;
    }

    /// Between two elements, or at `close`: goes over a comma to what is behind it, and stays at `close`.
    #[inline(always)]
    pub(super) fn next(&mut self, close: u8) -> Read {
        self.skip_space();
        match self.peek() {
            b',' => {
                self.at += 1;
                self.skip_space();
                if self.peek() == close {
                    return self.broken(self.at - 1, "a comma has nothing behind it");
                }
                Ok(())
            }
            byte if byte == close => Ok(()),
            _ if close == b'}' => self.unexpected("`,` or `}`"),
            _ => self.unexpected("`,` or `]`"),
        }
    }

    /// The problem as a sentence.
    #[cold]
    pub(super) fn error(&self) -> Error {
        let mut path = String::from("$");
        for step in self.path.iter().rev() {
            match step {
                Step::Field(name) => {
                    path.push('.');
                    path.push_str(name);
                }
                Step::Element(index) => path.push_str(&format!("[{index}]")),
            }
        }
        let at = self.problem_at;
        match self.problem {
            Problem::Expected(expected) => {
                let found = excerpt(self.bytes.get(at..).unwrap_or_default());
                Error::new(format!("`{path}` at byte {at}: expected {expected}, found {found}"))
            }
            Problem::Broken(broken) => Error::new(format!("`{path}` at byte {at}: {broken}")),
        }
    }
}

/// The start of what stands there, short enough for a line.
fn excerpt(rest: &[u8]) -> String {
    const LONGEST: usize = 24;
    if rest.is_empty() {
        return "the end of the text".to_owned();
    }
    // The token, roughly: a text up to its closing quote, anything else up to a delimiter.
    let quoted = rest[0] == b'"';
    let delimits = |&byte: &u8| matches!(byte, b',' | b':' | b'}' | b']' | b' ' | b'\n');
    let ends = |byte: &u8| if quoted { *byte == b'"' } else { delimits(byte) };
    let end = match rest.iter().skip(1).position(ends) {
        _ if delimits(&rest[0]) => 1,
        Some(behind_first) => 1 + behind_first + usize::from(quoted),
        None => rest.len(),
    };
    let cut = if end > LONGEST { "…" } else { "" };
    let text = String::from_utf8_lossy(&rest[..end.min(LONGEST)]);
    let plain = text.trim_end_matches('\u{fffd}').replace(char::is_control, " ");
    format!("`{plain}{cut}`")
}
