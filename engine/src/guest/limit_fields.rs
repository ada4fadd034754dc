//! The limits one by one, by name: what a pipeline file may set, within which bounds, and how each is written.

use std::fmt;
use std::time::Duration;

use super::limits::Limits;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitUnit {
    /// Bytes: `"64 MB"` in a pipeline file.
    Bytes,
    /// Milliseconds: `"10 seconds"` in a pipeline file.
    Time,
    /// Whatever else is counted.
    Count,
}

/// One of the limits.
#[derive(Debug, Clone, Copy)]
pub struct LimitField {
    /// As the field of [`Limits`] and the key of a pipeline file.
    pub name: &'static str,
    /// What it counts.
    pub unit: LimitUnit,
    /// The least it may be set to: with less, no module would work.
    pub least: u64,
    /// The most: with more, it would limit nothing, or another part would break first.
    pub most: u64,
    get: fn(&Limits) -> u64,
    set: fn(&mut Limits, u64),
}

impl LimitField {
    /// Its value, in its unit.
    pub fn get(&self, limits: &Limits) -> u64 {
        (self.get)(limits)
    }

    /// Sets it to a value in its unit, if that is within its bounds.
    #[must_use]
    pub fn set(&self, limits: &mut Limits, value: u64) -> bool {
        let fits = (self.least..=self.most).contains(&value);
        if fits {
            (self.set)(limits, value);
        }
        fits
    }

    /// Sets it, whatever its bounds.
    #[cfg(test)]
    pub(super) fn force(&self, limits: &mut Limits, value: u64) {
        (self.set)(limits, value);
    }

    /// A value as a person reads it: `64 MB`, `10 seconds`, `8192`.
    pub fn text(&self, value: u64) -> String {
        Amount(self.unit, value).to_string()
    }

    /// A value as a pipeline file has it: `"64 MB"`, `8192`.
    pub fn toml(&self, value: u64) -> String {
        match self.unit {
            LimitUnit::Count => self.text(value),
            LimitUnit::Bytes | LimitUnit::Time => format!("\"{}\"", self.text(value)),
        }
    }
}

struct Amount(LimitUnit, u64);

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(unit, value) = *self;
        let units: &[(u64, &str)] = match unit {
            LimitUnit::Bytes => &[(GIB, "GB"), (MIB, "MB"), (KIB, "KB"), (1, "B")],
            LimitUnit::Time => &[(1000, "seconds"), (1, "milliseconds")],
            LimitUnit::Count => &[(1, "")],
        };
        let whole = units.iter().find(|(size, _)| value >= *size && value % size == 0);
        match whole.or(units.last()) {
            Some((size, name)) if !name.is_empty() => write!(f, "{} {name}", value / size),
            _ => write!(f, "{value}"),
        }
    }
}

/// A type of a field of [`Limits`].
trait Stored {
    fn out(&self) -> u64;
    fn of(value: u64) -> Self;
}

impl Stored for usize {
    fn out(&self) -> u64 {
        *self as u64
    }

    fn of(value: u64) -> Self {
        Self::try_from(value).unwrap_or(Self::MAX)
    }
}

impl Stored for u64 {
    fn out(&self) -> u64 {
        *self
    }

    fn of(value: u64) -> Self {
        value
    }
}

impl Stored for Duration {
    fn out(&self) -> u64 {
        u64::try_from(self.as_millis()).unwrap_or(u64::MAX)
    }

    fn of(value: u64) -> Self {
        Self::from_millis(value)
    }
}

macro_rules! fields {
    ($($name:ident $unit:ident $least:literal $least_unit:expr, $most:literal $most_unit:expr;)*) => {
        &[$(LimitField {
            name: stringify!($name),
            unit: LimitUnit::$unit,
            least: $least * $least_unit,
            most: $most * $most_unit,
            get: |limits| limits.$name.out(),
            set: |limits, value| limits.$name = Stored::of(value),
        },)*]
    };
}

impl Limits {
    /// All of them, in the order of the struct.
    pub const FIELDS: &'static [LimitField] = fields! {
        module_bytes Bytes 1 KIB, 1 GIB;
        functions Count 1 1, 10_000_000 1;
        function_body_bytes Bytes 1 KIB, 64 MIB;
        function_blocks Count 10 1, 1_000_000 1;
        locals_times_blocks Count 1_000 1, 1_000_000_000 1;
        data_bytes Bytes 1 KIB, 1 GIB;
        modules Count 1 1, 10_000 1;
        nesting Count 0 1, 16 1;
        instances Count 1 1, 10_000 1;
        memories Count 1 1, 100 1;
        compile_time Time 100 1, 3_600_000 1;
        compile_memory_bytes Bytes 256 MIB, 64 GIB;
        memory_bytes Bytes 64 KIB, 4 GIB;
        kept_memory_bytes Bytes 0 1, 4 GIB;
        table_elements Count 0 1, 10_000_000 1;
        fuel_per_call Count 10_000 1, 1_000_000_000_000_000 1;
        fuel_per_record Count 0 1, 1_000_000_000_000 1;
        fuel_per_byte Count 0 1, 1_000_000_000 1;
        call_time Time 100 1, 3_600_000 1;
        log_lines Count 0 1, 10_000 1;
        log_line_bytes Bytes 16 1, 64 KIB;
        call_records Count 1 1, 65_536 1;
        call_bytes Bytes 1 KIB, 1 GIB;
        record_bytes Bytes 1 KIB, 1 GIB;
        output_bytes Bytes 1 KIB, 1 GIB;
        output_rows Count 1 1, 100_000_000 1;
        state_bytes Bytes 1 1, 64 MIB;
        reason_bytes Bytes 16 1, 64 KIB;
        fields Count 1 1, 10_000 1;
        depth Count 1 1, 64 1;
        name_bytes Bytes 1 1, 1 KIB;
    };
}

#[cfg(test)]
#[path = "limit_fields_test.rs"]
mod tests;
