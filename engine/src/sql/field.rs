//! `metrics.cpu_percent`: the field of a struct, null where the struct is.
//!
//! In Arrow a null struct still has some value in each field; DataFusion's access gives that value.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, make_array};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Column, Result, ScalarValue, TableReference, internal_err};
use datafusion::functions::core::get_field;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, lit,
};

/// Plans `column.field.field`.
#[derive(Debug)]
pub(super) struct StructAccess;

impl ExprPlanner for StructAccess {
    fn plan_compound_identifier(
        &self,
        field: &Field,
        qualifier: Option<&TableReference>,
        nested_names: &[String],
    ) -> Result<PlannerResult<Vec<Expr>>> {
        let column = Expr::Column(Column::new(qualifier.cloned(), field.name()));
        let whole = nested_names.iter().fold(column, |whole, name| {
            ScalarUDF::from(GetField::new()).call(vec![whole, lit(name.as_str())])
        });
        Ok(PlannerResult::Planned(whole))
    }
}

/// DataFusion's function of that name, with the struct's nulls.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct GetField {
    inner: Arc<ScalarUDF>,
}

impl GetField {
    pub(super) fn new() -> Self {
        Self { inner: get_field() }
    }
}

impl ScalarUDFImpl for GetField {
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

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        // A field that is never null is, where its struct is.
        let parent_nullable = args.arg_fields.first().is_some_and(|parent| parent.is_nullable());
        let field = self.inner.return_field_from_args(args)?;
        let nullable = parent_nullable || field.is_nullable();
        Ok(Arc::new(Field::new(field.name(), field.data_type().clone(), nullable)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [parent, names @ ..] = args.args.as_slice() else {
            return internal_err!("a field of nothing");
        };
        let (ColumnarValue::Array(parent), [ColumnarValue::Scalar(ScalarValue::Utf8(Some(name)))]) = (parent, names)
        else {
            return self.inner.invoke_with_args(args);
        };
        match parent.as_struct_opt().and_then(|parent| parent.column_by_name(name)) {
            Some(field) => Ok(ColumnarValue::Array(masked(field, parent.nulls())?)),
            // Maps.
            None => self.inner.invoke_with_args(args),
        }
    }
}

fn masked(field: &ArrayRef, parent: Option<&NullBuffer>) -> Result<ArrayRef> {
    let Some(parent) = parent.filter(|nulls| nulls.null_count() > 0) else {
        return Ok(Arc::clone(field));
    };
    let nulls = NullBuffer::union(field.nulls(), Some(parent));
    Ok(make_array(field.to_data().into_builder().nulls(nulls).build()?))
}

#[cfg(test)]
#[path = "field_test.rs"]
mod tests;
