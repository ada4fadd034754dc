//! A schema as Spark's `printSchema()` prints it.

use arrow::datatypes::{DataType, Field, Schema, TimeUnit};

use super::width::escape;

/// The tree of columns: `root`, then ` |-- name: type (nullable = true)` a column, nested levels indented.
pub fn schema_tree(schema: &Schema) -> String {
    let mut out = String::from("root\n");
    for field in schema.fields() {
        write_field(&mut out, " |", field);
    }
    out
}

fn write_field(out: &mut String, prefix: &str, field: &Field) {
    let name = escape(field.name().clone());
    let (spark_type, nullable) = (type_name(field.data_type()), field.is_nullable());
    out.push_str(&format!("{prefix}-- {name}: {spark_type} (nullable = {nullable})\n"));
    write_inner(out, &format!("{prefix}    |"), field.data_type());
}

/// What stands below a nested type; nothing below a plain one.
fn write_inner(out: &mut String, prefix: &str, data_type: &DataType) {
    match data_type {
        DataType::Struct(fields) => fields.iter().for_each(|field| write_field(out, prefix, field)),
        DataType::List(element)
        | DataType::LargeList(element)
        | DataType::ListView(element)
        | DataType::LargeListView(element)
        | DataType::FixedSizeList(element, _) => {
            let (spark_type, nullable) = (type_name(element.data_type()), element.is_nullable());
            out.push_str(&format!(
                "{prefix}-- element: {spark_type} (containsNull = {nullable})\n"
            ));
            write_inner(out, &format!("{prefix}    |"), element.data_type());
        }
        DataType::Map(entries, _) => {
            let DataType::Struct(fields) = entries.data_type() else {
                return;
            };
            let [key, value] = &fields[..] else { return };
            let below = format!("{prefix}    |");
            out.push_str(&format!("{prefix}-- key: {}\n", type_name(key.data_type())));
            write_inner(out, &below, key.data_type());
            let (spark_type, nullable) = (type_name(value.data_type()), value.is_nullable());
            out.push_str(&format!(
                "{prefix}-- value: {spark_type} (valueContainsNull = {nullable})\n"
            ));
            write_inner(out, &below, value.data_type());
        }
        DataType::Dictionary(_, values) => write_inner(out, prefix, values),
        _ => {}
    }
}

/// Spark's name of a type. Unsigned integers have the name of the type Spark reads them as from Parquet; types Spark
/// doesn't have keep Arrow's name in lowercase.
pub fn type_name(data_type: &DataType) -> String {
    let name = match data_type {
        DataType::Null => "void",
        DataType::Boolean => "boolean",
        DataType::Int8 => "byte",
        DataType::Int16 | DataType::UInt8 => "short",
        DataType::Int32 | DataType::UInt16 => "integer",
        DataType::Int64 | DataType::UInt32 => "long",
        DataType::UInt64 => "decimal(20,0)",
        DataType::Float16 | DataType::Float32 => "float",
        DataType::Float64 => "double",
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "string",
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => "binary",
        DataType::Timestamp(_, Some(_)) => "timestamp",
        DataType::Timestamp(_, None) => "timestamp_ntz",
        DataType::Date32 | DataType::Date64 => "date",
        DataType::Time32(TimeUnit::Second) => "time(0)",
        DataType::Time32(_) => "time(3)",
        DataType::Time64(_) => "time(6)",
        DataType::Struct(_) => "struct",
        DataType::Map(..) => "map",
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::FixedSizeList(..) => "array",
        DataType::Dictionary(_, values) => return type_name(values),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => return format!("decimal({precision},{scale})"),
        other => return other.to_string().to_lowercase(),
    };
    name.to_owned()
}
