//! What a module says its rows look like, checked and turned into an Arrow schema.

use std::collections::HashSet;
use std::slice::Iter;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};

use super::contract::{DataType as GuestType, Field as GuestField};
use super::limits::Limits;
use crate::batch::timestamp_type;
use crate::text::one_line;

/// Columns of this prefix are Kafka's own, joined to a module's.
pub(super) const RESERVED_PREFIX: &str = "kafka_";

/// The name of a list's element, as Spark and Parquet call it.
const ELEMENT: &str = "element";

/// Checks a flattened schema and builds the tree it stands for. All fields may be null.
///
/// # Errors
/// What is wrong, with the field's path (`items.element.price`).
pub(super) fn schema(flat: &[GuestField], limits: &Limits) -> Result<SchemaRef, String> {
    if flat.is_empty() {
        return Err("it has no fields".to_owned());
    }
    if flat.len() > limits.fields {
        return Err(format!(
            "it has {} fields, more than the {} allowed",
            flat.len(),
            limits.fields
        ));
    }
    let mut reader = Reader {
        rest: flat.iter(),
        limits,
    };
    let mut fields = Vec::new();
    let mut names = HashSet::new();
    while let Some(field) = reader.rest.next() {
        let read = reader.field(field, "", 1)?;
        if read
            .name()
            .get(..RESERVED_PREFIX.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(RESERVED_PREFIX))
        {
            return Err(format!(
                "field `{}`: names that begin with `{RESERVED_PREFIX}` are for Kafka's own columns, which are added to each row",
                read.name()
            ));
        }
        unique(&mut names, &read, "")?;
        fields.push(read);
    }
    Ok(Arc::new(Schema::new(fields)))
}

fn unique(names: &mut HashSet<String>, field: &FieldRef, path: &str) -> Result<(), String> {
    if names.insert(field.name().clone()) {
        return Ok(());
    }
    Err(format!("two fields are called `{}`", join(path, field.name())))
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

struct Reader<'a> {
    rest: Iter<'a, GuestField>,
    limits: &'a Limits,
}

impl Reader<'_> {
    /// Turns a field and the children behind it into Arrow's form.
    fn field(&mut self, field: &GuestField, parent: &str, depth: usize) -> Result<FieldRef, String> {
        check_name(&field.name, parent, self.limits)?;
        let path = join(parent, &field.name);
        if depth > self.limits.depth {
            return Err(format!(
                "field `{path}`: nested deeper than the {} levels allowed",
                self.limits.depth
            ));
        }
        let data_type = match field.data_type {
            GuestType::Struct => {
                if field.children == 0 {
                    return Err(format!("field `{path}`: a struct needs a field"));
                }
                let mut names = HashSet::new();
                let mut children = Vec::new();
                for _ in 0..field.children {
                    let child = self.child(&path, depth)?;
                    unique(&mut names, &child, &path)?;
                    children.push(child);
                }
                DataType::Struct(children.into())
            }
            GuestType::List => {
                if field.children != 1 {
                    return Err(format!("field `{path}`: a list has one child, not {}", field.children));
                }
                let element = Arc::unwrap_or_clone(self.child(&path, depth)?).with_name(ELEMENT);
                DataType::List(Arc::new(element))
            }
            _ if field.children != 0 => {
                return Err(format!("field `{path}`: only a struct or a list has children"));
            }
            GuestType::Boolean => DataType::Boolean,
            GuestType::Int32 => DataType::Int32,
            GuestType::Int64 => DataType::Int64,
            GuestType::Float64 => DataType::Float64,
            GuestType::Utf8 => DataType::Utf8,
            GuestType::Timestamp => timestamp_type(),
            GuestType::Date => DataType::Date32,
        };
        Ok(Arc::new(Field::new(&field.name, data_type, true)))
    }

    fn child(&mut self, path: &str, depth: usize) -> Result<FieldRef, String> {
        let child = self
            .rest
            .next()
            .ok_or_else(|| format!("field `{path}`: a child of it is missing"))?;
        self.field(child, path, depth + 1)
    }
}

/// A name that can stand in a query, a file and a message without harm.
fn check_name(name: &str, parent: &str, limits: &Limits) -> Result<(), String> {
    let at = if parent.is_empty() {
        String::new()
    } else {
        format!(" in `{parent}`")
    };
    if name.is_empty() {
        return Err(format!("a field{at} has no name"));
    }
    if name.len() > limits.name_bytes {
        let start = one_line(name, 32);
        return Err(format!(
            "the field `{start}`{at} has a name longer than the {} bytes allowed",
            limits.name_bytes
        ));
    }
    let odd = name
        .chars()
        .find(|character| !character.is_alphanumeric() && !"_-.$@# ".contains(*character));
    match odd {
        Some(odd) => Err(format!(
            "the name of field `{}`{at} has a character that names can't have (`{}`)",
            one_line(name, limits.name_bytes),
            odd.escape_default()
        )),
        None if name.starts_with(' ') || name.ends_with(' ') => {
            Err(format!("the name of field `{name}`{at} begins or ends with a blank"))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
#[path = "schema_test.rs"]
mod tests;
