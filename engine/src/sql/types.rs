//! What a type's name in a cast means: Spark's names, our one timestamp. And which types a table's columns may have.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::Result;
use datafusion::logical_expr::planner::TypePlanner;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast};
use datafusion::sql::sqlparser::ast::DataType as SqlType;

use crate::batch::timestamp_type;

/// Only what DataFusion would read in another way; it is asked about the rest.
#[derive(Debug)]
pub(super) struct SparkTypes;

impl TypePlanner for SparkTypes {
    fn plan_type_field(&self, sql_type: &SqlType) -> Result<Option<FieldRef>> {
        let known = match sql_type {
            SqlType::Timestamp(..) | SqlType::TimestampNtz(..) | SqlType::Datetime(..) => Some(timestamp_type()),
            SqlType::String(_) | SqlType::Text | SqlType::Varchar(_) | SqlType::Char(_) => Some(DataType::Utf8),
            SqlType::Binary(_) => Some(DataType::Binary),
            SqlType::Custom(name, _) => match name.to_string().to_lowercase().as_str() {
                "byte" => Some(DataType::Int8),
                "short" => Some(DataType::Int16),
                "long" => Some(DataType::Int64),
                _ => None,
            },
            _ => None,
        };
        Ok(known.map(|data_type| Arc::new(Field::new("", data_type, true))))
    }
}

/// The plan with its columns of types that Spark has: DataFusion's own functions also give unsigned numbers, views and
/// nanoseconds. An array's element is called so, as Spark's Parquet files have it.
pub(super) fn spark_columns(plan: LogicalPlan) -> Result<LogicalPlan> {
    let schema = plan.schema();
    if schema
        .fields()
        .iter()
        .all(|field| spark_type(field.data_type()) == *field.data_type())
    {
        return Ok(plan);
    }
    let columns: Vec<Expr> = schema
        .iter()
        .map(|(table, field)| {
            let column = Expr::Column((table, field).into());
            match spark_type(field.data_type()) {
                same if same == *field.data_type() => column,
                other => cast(column, other).alias_qualified(table.cloned(), field.name()),
            }
        })
        .collect();
    LogicalPlanBuilder::from(plan).project(columns)?.build()
}

fn spark_type(data_type: &DataType) -> DataType {
    let inner = |field: &FieldRef| Arc::new(field.as_ref().clone().with_data_type(spark_type(field.data_type())));
    match data_type {
        DataType::UInt8 => DataType::Int16,
        DataType::UInt16 => DataType::Int32,
        DataType::UInt32 | DataType::UInt64 => DataType::Int64,
        DataType::Float16 => DataType::Float32,
        DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
        DataType::BinaryView | DataType::LargeBinary => DataType::Binary,
        DataType::Date64 => DataType::Date32,
        DataType::Timestamp(..) => timestamp_type(),
        DataType::Dictionary(_, values) => spark_type(values),
        DataType::List(element) | DataType::LargeList(element) | DataType::FixedSizeList(element, _) => {
            DataType::List(Arc::new(inner(element).as_ref().clone().with_name("element")))
        }
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inner).collect::<Fields>()),
        DataType::Map(entries, sorted) => DataType::Map(inner(entries), *sorted),
        other => other.clone(),
    }
}
