//! What a module returns, byte by byte, in the form of the component model: so that any of it can be a lie.

use std::fmt::Write as _;

use super::guest::transform;

/// Where the rows of a record that begins with `U` stand, those of the others, and the schema.
const EVIL: u32 = 0x1_0000;
const GOOD: u32 = 0x1_8000;
const SCHEMA: u32 = 0x2_0000;

/// A type's number in the contract, and that of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Boolean = 0,
    Int32 = 1,
    Int64 = 2,
    Float64 = 3,
    Utf8 = 4,
    Timestamp = 5,
    Date = 6,
    Struct = 7,
    List = 8,
}

/// A field: its name, its type, how many children stand behind it.
pub(crate) type Field = (&'static str, Kind, u32);

/// A column: entries, validity, offsets, the number of its kind of values, the values' bytes and how many they are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Column {
    pub(crate) length: u32,
    pub(crate) validity: Vec<u8>,
    pub(crate) offsets: Vec<i32>,
    pub(crate) kind: u8,
    pub(crate) values: Vec<u8>,
    pub(crate) count: u32,
}

impl Column {
    pub(crate) fn booleans(bits: u8) -> Self {
        Self {
            length: 1,
            kind: 1,
            values: vec![bits],
            count: 1,
            ..Self::default()
        }
    }

    pub(crate) fn int32(value: i32) -> Self {
        Self {
            length: 1,
            kind: 2,
            values: value.to_le_bytes().into(),
            count: 1,
            ..Self::default()
        }
    }

    pub(crate) fn int64(value: i64) -> Self {
        Self {
            length: 1,
            kind: 3,
            values: value.to_le_bytes().into(),
            count: 1,
            ..Self::default()
        }
    }

    pub(crate) fn float64(value: f64) -> Self {
        Self {
            length: 1,
            kind: 4,
            values: value.to_le_bytes().into(),
            count: 1,
            ..Self::default()
        }
    }

    pub(crate) fn text(text: &[u8]) -> Self {
        Self {
            length: 1,
            offsets: vec![0, text.len() as i32],
            kind: 5,
            values: text.into(),
            count: text.len() as u32,
            ..Self::default()
        }
    }

    /// A struct, or a list of so many.
    pub(crate) fn nested(offsets: &[i32]) -> Self {
        Self {
            length: 1,
            offsets: offsets.into(),
            ..Self::default()
        }
    }
}

/// Rows: for each its record, their columns, and records that failed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    pub(crate) origins: Vec<u32>,
    pub(crate) columns: Vec<Column>,
    pub(crate) errors: Vec<(u32, Vec<u8>)>,
}

impl Rows {
    /// A row of the one record.
    pub(crate) fn one(columns: Vec<Column>) -> Self {
        Self {
            origins: vec![0],
            columns,
            errors: Vec::new(),
        }
    }
}

/// Bytes of a guest's memory, and where in them the pointers of lists stand (their lengths are behind them).
pub(crate) struct Image {
    base: u32,
    pub(crate) bytes: Vec<u8>,
    pub(crate) lists: Vec<usize>,
}

impl Image {
    /// An `ok` with these rows.
    pub(crate) fn of(rows: &Rows, base: u32) -> Self {
        let mut image = Self {
            base,
            bytes: vec![0; 28],
            lists: Vec::new(),
        };
        let origins = image.put(
            &rows
                .origins
                .iter()
                .flat_map(|origin| origin.to_le_bytes())
                .collect::<Vec<_>>(),
        );
        image.list(4, origins, rows.origins.len());
        let columns = image.put(&vec![0; rows.columns.len() * 32]);
        image.list(12, columns, rows.columns.len());
        for (index, column) in rows.columns.iter().enumerate() {
            let at = (columns - base) as usize + index * 32;
            image.word(at, column.length);
            let validity = image.put(&column.validity);
            image.list(at + 4, validity, column.validity.len());
            let offsets = image.put(
                &column
                    .offsets
                    .iter()
                    .flat_map(|offset| offset.to_le_bytes())
                    .collect::<Vec<_>>(),
            );
            image.list(at + 12, offsets, column.offsets.len());
            image.bytes[at + 20] = column.kind;
            let values = image.put(&column.values);
            if column.kind > 0 {
                image.list(at + 24, values, column.count as usize);
            }
        }
        let errors = image.put(&vec![0; rows.errors.len() * 12]);
        image.list(20, errors, rows.errors.len());
        for (index, (record, reason)) in rows.errors.iter().enumerate() {
            let at = (errors - base) as usize + index * 12;
            image.word(at, *record);
            let text = image.put(reason);
            image.list(at + 4, text, reason.len());
        }
        image
    }

    /// An error of the whole call.
    pub(crate) fn error(text: &[u8]) -> Self {
        let mut image = Self {
            base: EVIL,
            bytes: vec![0; 28],
            lists: Vec::new(),
        };
        image.bytes[0] = 1;
        let at = image.put(text);
        image.list(4, at, text.len());
        image
    }

    fn put(&mut self, bytes: &[u8]) -> u32 {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let at = self.base + self.bytes.len() as u32;
        self.bytes.extend_from_slice(bytes);
        at
    }

    fn list(&mut self, at: usize, pointer: u32, length: usize) {
        self.word(at, pointer);
        self.word(at + 4, length as u32);
        self.lists.push(at);
    }

    pub(crate) fn word(&mut self, at: usize, value: u32) {
        self.bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }

    /// The word that stands here.
    pub(crate) fn at(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.bytes[at..at + 4].try_into().unwrap())
    }

    fn data(&self) -> String {
        data(self.base, &self.bytes)
    }
}

fn data(base: u32, bytes: &[u8]) -> String {
    let mut text = format!("(data (i32.const {base}) \"");
    for byte in bytes {
        let _ = write!(text, "\\{byte:02x}");
    }
    text + "\")\n"
}

/// The image of what a `U` brings.
pub(crate) fn evil(rows: &Rows) -> Image {
    Image::of(rows, EVIL)
}

/// A module of this schema that takes one record at a time: for one that begins with `U` it runs `first` and returns the one, for others
/// the other.
pub(crate) fn module(fields: &[Field], good: &Rows, evil: &Image, first: &str) -> Vec<u8> {
    let good = Image::of(good, GOOD);
    assert!(
        evil.bytes.len() < 0x8000 && good.bytes.len() < 0x8000,
        "the images touch"
    );
    let mut schema = Vec::new();
    let mut names = Vec::new();
    let names_at = SCHEMA + 16 * fields.len() as u32;
    for (name, kind, children) in fields {
        for word in [
            names_at + names.len() as u32,
            name.len() as u32,
            *kind as u32,
            *children,
        ] {
            schema.extend(word.to_le_bytes());
        }
        names.extend_from_slice(name.as_bytes());
    }
    schema.extend(names);
    transform(&format!(
        r#"(module
          (import "wasmill:guest/log@0.1.0" "log" (func $log (param i32 i32 i32)))
          (memory (export "memory") 8)
          (data (i32.const 16) "returner") (data (i32.const 32) "one at a time")
          {schema} {good} {evil}
          (global $free (mut i32) (i32.const 0x30000))
          (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
            (local $at i32)
            (local.set $at (i32.and (i32.add (global.get $free) (i32.const 15)) (i32.const -16)))
            (global.set $free (i32.add (local.get $at) (local.get 3)))
            (local.get $at))
          (func (export "wasmill:guest/transform@0.1.0#describe") (result i32)
            (i32.store (i32.const 64) (i32.const 16)) (i32.store (i32.const 68) (i32.const 8))
            (i32.store (i32.const 72) (i32.const {SCHEMA})) (i32.store (i32.const 76) (i32.const {fields}))
            (i32.const 64))
          (func (export "wasmill:guest/transform@0.1.0#process") (param $r i32) (result i32)
            (if (i32.ne (i32.load offset=12 (local.get $r)) (i32.const 2)) (then
              (i32.store8 (i32.const 128) (i32.const 1))
              (i32.store (i32.const 132) (i32.const 32)) (i32.store (i32.const 136) (i32.const 13))
              (return (i32.const 128))))
            (if (i32.eq (i32.load8_u (i32.load (local.get $r))) (i32.const 85)) (then {first} (return (i32.const {EVIL}))))
            (i32.const {GOOD}))
          (func (export "cabi_post_wasmill:guest/transform@0.1.0#process") (param i32)
            (global.set $free (i32.const 0x30000))))"#,
        schema = data(SCHEMA, &schema),
        good = good.data(),
        evil = evil.data(),
        fields = fields.len(),
    ))
}
