//! A guest's aggregate as a function of SQL.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::compute::can_cast_types;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, GroupsAccumulator, Signature, Volatility};

use super::accumulator::{GuestGroup, GuestGroups};
use super::module::Bound;

/// What DataFusion sees of the aggregate.
pub(super) struct Udaf {
    bound: Arc<Bound>,
    signature: Signature,
}

impl Udaf {
    pub(super) fn new(bound: Arc<Bound>) -> Self {
        Self {
            bound,
            signature: Signature::user_defined(Volatility::Immutable),
        }
    }

    /// `p95(value double)`, as a message has it.
    fn form(&self) -> String {
        let used = self.bound.used();
        let arguments = used.signature().arguments.iter();
        let arguments = arguments.map(|field| format!("{} {}", field.name(), sql_name(field.data_type())));
        format!("{}({})", self.bound.called, arguments.collect::<Vec<_>>().join(", "))
    }

    fn refuse_distinct(&self, is_distinct: bool) -> Result<()> {
        if is_distinct {
            return plan_err!(
                "`{}` does not take DISTINCT: what it has seen is the module's own affair",
                self.bound.called
            );
        }
        Ok(())
    }
}

fn sql_name(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Boolean => "boolean",
        DataType::Int32 => "int",
        DataType::Int64 => "bigint",
        DataType::Float64 => "double",
        DataType::Date32 => "date",
        DataType::Timestamp(..) => "timestamp",
        _ => "string",
    }
}

/// Whether a value becomes one of the other type without a change of kind: numbers stay numbers, texts texts.
fn goes_in(from: &DataType, into: &DataType) -> bool {
    let text = |data_type: &DataType| matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    let time = |data_type: &DataType| matches!(data_type, DataType::Timestamp(..) | DataType::Date32);
    *from == DataType::Null
        || from == into
        || match into {
            DataType::Float64 => from.is_numeric(),
            DataType::Int32 | DataType::Int64 => from.is_integer(),
            DataType::Utf8 => text(from),
            DataType::Timestamp(..) => time(from),
            _ => false,
        } && can_cast_types(from, into)
}

impl PartialEq for Udaf {
    fn eq(&self, other: &Self) -> bool {
        self.bound.used().identity() == other.bound.used().identity()
    }
}

impl Eq for Udaf {}

impl Hash for Udaf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bound.called.hash(state);
    }
}

impl std::fmt::Debug for Udaf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Udaf({})", self.bound.used())
    }
}

impl AggregateUDFImpl for Udaf {
    fn name(&self) -> &str {
        &self.bound.called
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let wanted: Vec<DataType> = self
            .bound
            .used()
            .signature()
            .arguments
            .iter()
            .map(|field| field.data_type().clone())
            .collect();
        let fits =
            given.len() == wanted.len() && given.iter().zip(&wanted).all(|(given, wanted)| goes_in(given, wanted));
        if !fits {
            let given: Vec<&str> = given.iter().map(sql_name).collect();
            return plan_err!("`{}` can't take ({})", self.form(), given.join(", "));
        }
        Ok(wanted)
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.bound.used().signature().result.data_type().clone())
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        self.refuse_distinct(args.is_distinct)?;
        Ok(vec![Arc::new(Field::new(
            format!("{}[state]", args.name),
            DataType::Binary,
            true,
        ))])
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        self.refuse_distinct(args.is_distinct)?;
        Ok(Box::new(GuestGroup::new(Arc::clone(&self.bound))))
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        !args.is_distinct
    }

    fn create_groups_accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(GuestGroups::new(Arc::clone(&self.bound))))
    }
}
