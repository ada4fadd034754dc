//! Which windows a time falls in.

use std::hash::Hash;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, StructArray, TimestampMicrosecondArray};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, FieldRef, TimestampMicrosecondType};
use datafusion::common::{Result, ScalarValue, exec_err, internal_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::{SESSION_WINDOW, WINDOW, bounds, window_type};
use crate::batch::timestamp_type;
use crate::event_time::Windows;

/// What a window function gives for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Gives {
    /// The one window; null for a null.
    Window,
    /// The one window of a time that is not null: what a tumbling window is grouped by.
    Tumbling,
    /// The list of all windows: what a sliding window is unnested from.
    Sliding,
    /// A session. It depends on the other rows, so as a function it only stands for itself until `group` replaces it.
    Session,
}

/// `window(time, size, slide, start)` and its kin, lengths in microseconds.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in crate::sql) struct EventWindow {
    gives: Gives,
    signature: Signature,
}

impl EventWindow {
    fn new(gives: Gives) -> Self {
        Self {
            gives,
            signature: Signature::user_defined(Volatility::Immutable),
        }
    }

    /// The call as a query has it.
    pub(in crate::sql) fn window() -> Self {
        Self::new(Gives::Window)
    }

    /// The session call as a query has it.
    pub(in crate::sql) fn session() -> Self {
        Self::new(Gives::Session)
    }

    pub(super) fn tumbling() -> Self {
        Self::new(Gives::Tumbling)
    }

    pub(super) fn sliding() -> Self {
        Self::new(Gives::Sliding)
    }
}

impl ScalarUDFImpl for EventWindow {
    fn name(&self) -> &str {
        match self.gives {
            Gives::Window => WINDOW,
            Gives::Tumbling => "tumbling_window",
            Gives::Sliding => "sliding_windows",
            Gives::Session => SESSION_WINDOW,
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        match arg_types.first() {
            Some(
                DataType::Timestamp(..)
                | DataType::Date32
                | DataType::Date64
                | DataType::Utf8
                | DataType::LargeUtf8
                | DataType::Utf8View
                | DataType::Null,
            ) => {}
            other => {
                let given = other.map_or_else(String::new, ToString::to_string);
                return plan_err!("`{}` needs a timestamp, not a column of type {given}", self.name());
            }
        }
        let lengths = std::iter::repeat_n(DataType::Int64, arg_types.len() - 1);
        Ok(std::iter::once(timestamp_type()).chain(lengths).collect())
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(match self.gives {
            Gives::Sliding => DataType::List(Arc::new(Field::new("item", window_type(), true))),
            _ => window_type(),
        })
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let nullable = match self.gives {
            Gives::Window => args.arg_fields.first().is_none_or(|time| time.is_nullable()),
            Gives::Sliding => true,
            Gives::Tumbling | Gives::Session => false,
        };
        Ok(Arc::new(Field::new(self.name(), self.return_type(&[])?, nullable)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let [time, lengths @ ..] = args.args.as_slice() else {
            return internal_err!("`{}` without arguments", self.name());
        };
        let time = time.to_array(rows)?;
        let times = time.as_primitive::<TimestampMicrosecondType>();
        let Some(windows) = windows_of(lengths) else {
            return exec_err!("`{}` stands in GROUP BY only", self.name());
        };
        let array: ArrayRef = match self.gives {
            Gives::Window | Gives::Tumbling => Arc::new(single(times, windows)?),
            Gives::Sliding => Arc::new(every(times, windows)?),
            Gives::Session => return exec_err!("`{}` stands in GROUP BY only", self.name()),
        };
        Ok(ColumnarValue::Array(array))
    }
}

fn windows_of(lengths: &[ColumnarValue]) -> Option<Windows> {
    let number = |value: &ColumnarValue| match value {
        ColumnarValue::Scalar(ScalarValue::Int64(Some(number))) => Some(*number),
        _ => None,
    };
    match lengths {
        [size, slide, start] => Some(Windows {
            size: number(size)?,
            slide: number(slide)?,
            start: number(start)?,
        }),
        _ => None,
    }
}

fn single(times: &TimestampMicrosecondArray, windows: Windows) -> Result<StructArray> {
    let starts: ScalarBuffer<i64> = times.values().iter().map(|time| windows.last_start(*time)).collect();
    let nulls = times.nulls().cloned();
    Ok(StructArray::try_new(
        bounds(),
        bound_columns(starts, windows.size),
        nulls,
    )?)
}

/// For each time its windows; a null has none.
fn every(times: &TimestampMicrosecondArray, windows: Windows) -> Result<ListArray> {
    let mut starts = Vec::with_capacity(times.len());
    let mut ends = Vec::with_capacity(times.len() + 1);
    ends.push(0_i32);
    for time in times {
        starts.extend(time.into_iter().flat_map(|time| windows.starts(time)));
        let Ok(end) = i32::try_from(starts.len()) else {
            return exec_err!("a batch has more than {} windows: make the slide longer", i32::MAX);
        };
        ends.push(end);
    }
    let values = StructArray::try_new(bounds(), bound_columns(ScalarBuffer::from(starts), windows.size), None)?;
    let element = Arc::new(Field::new("item", window_type(), true));
    Ok(ListArray::try_new(
        element,
        OffsetBuffer::new(ScalarBuffer::from(ends)),
        Arc::new(values),
        None,
    )?)
}

fn bound_columns(starts: ScalarBuffer<i64>, size: i64) -> Vec<ArrayRef> {
    let ends: ScalarBuffer<i64> = starts.iter().map(|start| start.saturating_add(size)).collect();
    [starts, ends]
        .into_iter()
        .map(|bound| Arc::new(TimestampMicrosecondArray::new(bound, None).with_timezone("UTC")) as ArrayRef)
        .collect()
}
