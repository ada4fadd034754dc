//! `min` and `max` of doubles: NaN is the greatest, as in Spark's order. DataFusion's, by group, depend on the order
//! of rows.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type, Int64Type};
use datafusion::common::Result;
use datafusion::functions_aggregate::min_max::{max_udaf, min_udaf};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, ReversedUDAF, Signature,
};

/// Both, to be registered in place of DataFusion's.
pub(super) fn min_and_max() -> impl Iterator<Item = Arc<AggregateUDF>> {
    [min_udaf(), max_udaf()]
        .into_iter()
        .map(|inner| Arc::new(AggregateUDF::from(Extreme { inner })))
}

/// DataFusion's function, but for doubles by group.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Extreme {
    inner: Arc<AggregateUDF>,
}

impl AggregateUDFImpl for Extreme {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        self.inner.return_type(arg_types)
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(arg_types)
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        self.inner.accumulator(args)
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        self.inner.create_sliding_accumulator(args)
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        self.inner.state_fields(args)
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        self.inner.groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        if *args.return_type() != DataType::Float64 {
            return self.inner.create_groups_accumulator(args);
        }
        let key = Arc::new(Field::new(args.return_field.name(), DataType::Int64, true));
        let keys = self.inner.create_groups_accumulator(AccumulatorArgs {
            return_field: key,
            ..args
        })?;
        Ok(Box::new(ByKey(keys)))
    }

    fn is_descending(&self) -> Option<bool> {
        self.inner.is_descending()
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        self.inner.order_sensitivity()
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }
}

/// The bits of a double as a whole number of the same order, every NaN above all else. Its own inverse but for NaN's
/// bits.
fn key(number: f64) -> i64 {
    let number = if number.is_nan() { f64::NAN.abs() } else { number };
    in_order(number.to_bits().cast_signed())
}

/// Turns around the order of the negative ones, whose bits count away from zero.
fn in_order(bits: i64) -> i64 {
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

fn keys(doubles: &ArrayRef) -> ArrayRef {
    let keys: Int64Array = doubles.as_primitive::<Float64Type>().unary(key);
    Arc::new(keys)
}

fn doubles(keys: &ArrayRef) -> ArrayRef {
    let number = |key| f64::from_bits(in_order(key).cast_unsigned());
    let doubles: Float64Array = keys.as_primitive::<Int64Type>().unary(number);
    Arc::new(doubles)
}

/// Compares doubles by their keys.
struct ByKey(Box<dyn GroupsAccumulator>);

impl GroupsAccumulator for ByKey {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        let values: Vec<ArrayRef> = values.iter().map(keys).collect();
        self.0.update_batch(&values, groups, filter, total)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        self.0.evaluate(emit_to).map(|keys| doubles(&keys))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(self.0.state(emit_to)?.iter().map(doubles).collect())
    }

    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        let values: Vec<ArrayRef> = values.iter().map(keys).collect();
        self.0.merge_batch(&values, groups, total)
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let values: Vec<ArrayRef> = values.iter().map(keys).collect();
        Ok(self.0.convert_to_state(&values, filter)?.iter().map(doubles).collect())
    }

    fn size(&self) -> usize {
        self.0.size()
    }
}

#[cfg(test)]
#[path = "extreme_test.rs"]
mod tests;
