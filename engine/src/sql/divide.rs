//! Spark's `/`: always of doubles, and a division by zero is an error. `DIV` is the whole part.

use std::sync::Arc;

use arrow::array::{AsArray, Float64Array};
use arrow::compute::kernels::arity::try_binary;
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use arrow::error::ArrowError;
use datafusion::common::{DFSchema, DataFusionError, Result, internal_err};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, ExprSchemable, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility, cast,
};
use datafusion::sql::sqlparser::ast::BinaryOperator;

/// Plans the two divisions; any other operator is DataFusion's.
#[derive(Debug)]
pub(super) struct SparkDivision;

impl ExprPlanner for SparkDivision {
    fn plan_binary_op(&self, expr: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let RawBinaryExpr { op, left, right } = &expr;
        let number = |expr: &Expr| {
            Ok::<_, DataFusionError>(match expr.get_type(schema)? {
                DataType::Utf8 | DataType::Utf8View | DataType::Null => true,
                // Decimals and intervals keep DataFusion's division.
                other => other.is_integer() || other.is_floating(),
            })
        };
        match op {
            BinaryOperator::Divide if number(left)? && number(right)? => {
                let divide = ScalarUDF::from(Divide::new());
                Ok(PlannerResult::Planned(divide.call(vec![left.clone(), right.clone()])))
            }
            BinaryOperator::MyIntegerDivide => {
                let whole = |expr: &Expr| Box::new(cast(expr.clone(), DataType::Int64));
                Ok(PlannerResult::Planned(Expr::BinaryExpr(BinaryExpr::new(
                    whole(left),
                    Operator::Divide,
                    whole(right),
                ))))
            }
            _ => Ok(PlannerResult::Original(expr)),
        }
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Divide {
    signature: Signature,
}

impl Divide {
    fn new() -> Self {
        Self {
            signature: Signature::exact(vec![DataType::Float64, DataType::Float64], Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for Divide {
    fn name(&self) -> &'static str {
        "divide"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let nullable = args.arg_fields.iter().any(|field| field.is_nullable());
        Ok(Arc::new(Field::new(self.name(), DataType::Float64, nullable)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [left, right] = args.args.as_slice() else {
            return internal_err!("a division of {} numbers", args.args.len());
        };
        let (left, right) = (left.to_array(args.number_rows)?, right.to_array(args.number_rows)?);
        let (left, right) = (left.as_primitive::<Float64Type>(), right.as_primitive::<Float64Type>());
        let quotient: Float64Array = try_binary(left, right, |left, right| match right {
            0.0 => Err(ArrowError::DivideByZero),
            right => Ok(left / right),
        })?;
        Ok(ColumnarValue::Array(Arc::new(quotient)))
    }
}
