//! `round(x, n)`: half up on the decimal digits that one sees, as Spark rounds.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array, Int32Array, Int64Array, PrimitiveArray};
use arrow::compute::kernels::arity::try_unary;
use arrow::datatypes::{ArrowPrimitiveType, DataType, Float64Type, Int32Type, Int64Type};
use arrow::error::ArrowError;
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

/// Rounds numbers to `n` decimal places; a negative `n` rounds left of the point.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Round {
    signature: Signature,
}

impl Round {
    pub(super) fn new() -> Self {
        Self {
            signature: Signature::user_defined(Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for Round {
    fn name(&self) -> &'static str {
        "round"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        let [number, _places] = arg_types else {
            return plan_err!("`round` takes a number and how many decimal places to keep");
        };
        let number = match number {
            DataType::Int64 | DataType::UInt32 | DataType::UInt64 => DataType::Int64,
            integer if integer.is_integer() => DataType::Int32,
            DataType::Float64 | DataType::Float32 | DataType::Float16 | DataType::Null | DataType::Utf8 => {
                DataType::Float64
            }
            decimal if decimal.is_decimal() => DataType::Float64,
            other => return plan_err!("`round` needs a number, not {other}"),
        };
        Ok(vec![number, DataType::Int32])
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        Ok(arg_types.first().cloned().unwrap_or(DataType::Float64))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [number, places] = args.args.as_slice() else {
            return plan_err!("`round` takes a number and how many decimal places to keep");
        };
        let ColumnarValue::Scalar(ScalarValue::Int32(Some(places))) = places else {
            return exec_err!("`round`: how many places to keep must be the same for all rows");
        };
        let (numbers, places) = (number.to_array(args.number_rows)?, *places);
        let rounded: ArrayRef = match numbers.data_type() {
            DataType::Int32 => {
                let whole = |x: i32| i32::try_from(round_integer(i64::from(x), places)?).ok();
                let rounded: Int32Array = integers(numbers.as_primitive::<Int32Type>(), whole)?;
                Arc::new(rounded)
            }
            DataType::Int64 => {
                let rounded: Int64Array = integers(numbers.as_primitive::<Int64Type>(), |x| round_integer(x, places))?;
                Arc::new(rounded)
            }
            _ => {
                let rounded: Float64Array = numbers.as_primitive::<Float64Type>().unary(|x| round(x, places));
                Arc::new(rounded)
            }
        };
        Ok(ColumnarValue::Array(rounded))
    }
}

fn integers<T: ArrowPrimitiveType>(
    numbers: &PrimitiveArray<T>,
    round: impl Fn(T::Native) -> Option<T::Native>,
) -> Result<PrimitiveArray<T>> {
    let rounded = try_unary::<T, _, T>(numbers, |number| {
        round(number).ok_or_else(|| ArrowError::ComputeError("`round`: the result does not fit its type".to_owned()))
    })?;
    Ok(rounded)
}

/// Half away from zero at the tens, hundreds, ...; `None` if that overflows.
fn round_integer(x: i64, places: i32) -> Option<i64> {
    if places >= 0 {
        return Some(x);
    }
    let Some(unit) = 10_i128.checked_pow(places.unsigned_abs().min(30)) else {
        return Some(0);
    };
    let x = i128::from(x);
    let half = if x < 0 { -unit / 2 } else { unit / 2 };
    i64::try_from((x + half) / unit * unit).ok()
}

/// Rounds the shortest decimal text of `x`, half up (away from zero). So 1.005 to two places is 1.01, though the
/// double of that name is a little less.
fn round(x: f64, places: i32) -> f64 {
    if !x.is_finite() || x == 0.0 {
        return if x == 0.0 { 0.0 } else { x };
    }
    let mut text = Text::default();
    let Some((digits, exponent)) = digits_of(x.abs(), &mut text) else {
        return x;
    };
    // x is 0.d1d2d3... times ten to the `point`; `kept` of the digits stay.
    let point = exponent + 1;
    let kept = point.saturating_add(places);
    let Ok(kept) = usize::try_from(kept) else {
        return 0.0;
    };
    let Some(next) = digits.get(kept) else {
        return x;
    };
    let whole = digits[..kept]
        .iter()
        .fold(0_u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    let rounded = whole + u64::from(*next >= b'5');
    let mut text = Text::default();
    let magnitude = match write!(text, "{rounded}e{}", -places) {
        Ok(()) => text.as_str().parse().unwrap_or(x),
        Err(_) => x,
    };
    if rounded == 0 { 0.0 } else { magnitude.copysign(x) }
}

/// The shortest digits that read back as `x`, without a point, and the power of ten of the first.
fn digits_of(x: f64, text: &mut Text) -> Option<(&[u8], i32)> {
    write!(text, "{x:e}").ok()?;
    let point = text.bytes[..text.length].iter().position(|byte| *byte == b'.');
    if let Some(point) = point {
        text.bytes.copy_within(point + 1..text.length, point);
        text.length -= 1;
    }
    let (digits, exponent) = text.as_str().split_once('e')?;
    Some((digits.as_bytes(), exponent.parse().ok()?))
}

/// Room for the text of any double: no allocation for a row.
#[derive(Default)]
struct Text {
    bytes: [u8; 32],
    length: usize,
}

impl Text {
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.length + text.len();
        self.bytes
            .get_mut(self.length..end)
            .ok_or(std::fmt::Error)?
            .copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
#[path = "round_test.rs"]
mod tests;
