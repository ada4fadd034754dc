//! A window as a value, made of bounds that were numbers until now.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StructArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::{bounds, window_type};

/// `window_between(start, end)`, both int64 microseconds and never null.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in crate::sql) struct WindowBetween {
    signature: Signature,
}

impl WindowBetween {
    pub(in crate::sql) fn new() -> Self {
        Self {
            // It isn't: but a condition on a window must not be moved below the aggregate, where the bounds are those of panes.
            signature: Signature::exact(vec![DataType::Int64, DataType::Int64], Volatility::Volatile),
        }
    }
}

impl ScalarUDFImpl for WindowBetween {
    fn name(&self) -> &'static str {
        "window_between"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(window_type())
    }

    fn return_field_from_args(&self, _args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(self.name(), window_type(), false)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [start, end] = args.args.as_slice() else {
            return internal_err!("a window without its bounds");
        };
        let bound = |value: &ColumnarValue| -> Result<ArrayRef> {
            let numbers = value.to_array(args.number_rows)?;
            let values = numbers.as_primitive::<Int64Type>().values().clone();
            Ok(Arc::new(
                TimestampMicrosecondArray::new(values, None).with_timezone("UTC"),
            ))
        };
        let columns = vec![bound(start)?, bound(end)?];
        Ok(ColumnarValue::Array(Arc::new(StructArray::try_new(
            bounds(),
            columns,
            None,
        )?)))
    }
}
