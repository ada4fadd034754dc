//! `get_json_object(text, '$.a.b[0]')`.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StringArray};
use arrow::datatypes::DataType;
use datafusion::common::internal_err;
use datafusion::logical_expr::ScalarUDF;
use serde_json::Value;

use super::of_types;

/// What stands at a path of a JSON text: a text as it is, anything else as JSON, null if there is nothing.
pub(super) fn get_json_object() -> ScalarUDF {
    of_types(
        "get_json_object",
        vec![DataType::Utf8, DataType::Utf8],
        DataType::Utf8,
        |args| {
            let [texts, paths] = args else {
                return internal_err!("`get_json_object` of {} arguments", args.len());
            };
            let rows = texts.as_string::<i32>().iter().zip(paths.as_string::<i32>());
            let found: StringArray = rows.map(|(text, path)| at_path(text?, path?)).collect();
            Ok(Arc::new(found) as ArrayRef)
        },
    )
}

fn at_path(text: &str, path: &str) -> Option<String> {
    let document: Value = serde_json::from_str(text).ok()?;
    let mut value = &document;
    let mut rest = path.strip_prefix('$')?;
    while !rest.is_empty() {
        if let Some(name) = rest.strip_prefix('.') {
            let end = name.find(['.', '[']).unwrap_or(name.len());
            value = value.get(&name[..end])?;
            rest = &name[end..];
        } else {
            let (index, behind) = rest.strip_prefix('[')?.split_once(']')?;
            value = match index.strip_prefix('\'').and_then(|name| name.strip_suffix('\'')) {
                Some(name) => value.get(name)?,
                None => value.get(index.parse::<usize>().ok()?)?,
            };
            rest = behind;
        }
    }
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
#[path = "json_test.rs"]
mod tests;
