//! Spark's functions that DataFusion lacks, or has with another meaning.

pub(super) mod convert;
mod json;
mod pattern;
mod round;
mod text;
mod timestamp;

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf};

use super::field::GetField;
use super::window::EventWindow;
use crate::batch::timestamp_type;
use crate::clock::Clock;

/// All of them.
pub(super) fn all(clock: Arc<dyn Clock>) -> impl Iterator<Item = Arc<ScalarUDF>> {
    [
        ScalarUDF::from(EventWindow::window()),
        ScalarUDF::from(EventWindow::session()),
        ScalarUDF::from(round::Round::new()),
        pattern::date_format(),
        pattern::parse_timestamp(),
        pattern::try_parse_timestamp(),
        text::split(),
        text::substring(),
        text::regexp_extract(),
        json::get_json_object(),
        ScalarUDF::from(GetField::new()),
        now(clock),
    ]
    .into_iter()
    .map(Arc::new)
}

/// A function of fixed types whose answer depends on its arguments only.
fn of_types(
    name: &str,
    from: Vec<DataType>,
    to: DataType,
    body: impl Fn(&[ArrayRef]) -> Result<ArrayRef> + Send + Sync + 'static,
) -> ScalarUDF {
    let implementation = move |args: &[ColumnarValue]| {
        let answer = body(&ColumnarValue::values_to_arrays(args)?)?;
        // Constants give a constant, however many rows there are.
        if args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_))) {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&answer, 0)?));
        }
        Ok(ColumnarValue::Array(answer))
    };
    create_udf(name, from, to, Volatility::Immutable, Arc::new(implementation))
}

/// `now()`: the time of each run, where DataFusion would keep that of the planning.
fn now(clock: Arc<dyn Clock>) -> ScalarUDF {
    let read = move |_: &[ColumnarValue]| {
        let micros = clock.now_ms().saturating_mul(1_000);
        Ok(ColumnarValue::Scalar(ScalarValue::TimestampMicrosecond(
            Some(micros),
            Some("UTC".into()),
        )))
    };
    create_udf(
        "now",
        Vec::new(),
        timestamp_type(),
        Volatility::Volatile,
        Arc::new(read),
    )
    .with_aliases(["current_timestamp"])
}
