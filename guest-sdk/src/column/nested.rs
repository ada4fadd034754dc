//! Columns with children.

use super::{Column, Data, DataType, Field, Validity, Values};

/// Lists: their elements end to end in one child.
#[derive(Debug, Clone)]
pub struct List<C> {
    child: C,
    offsets: Vec<i32>,
    validity: Validity,
}

impl<C: Default> Default for List<C> {
    fn default() -> Self {
        List {
            child: C::default(),
            offsets: vec![0],
            validity: Validity::default(),
        }
    }
}

impl<C: Column> List<C> {
    /// The elements' column, to append those of the next list. They count once [`List::close`] is called.
    #[inline]
    pub fn child(&mut self) -> &mut C {
        &mut self.child
    }

    /// Ends the list whose elements were appended since the last one.
    #[inline]
    pub fn close(&mut self) {
        self.offsets.push(self.child.len() as i32);
    }
}

impl<C: Column> Column for List<C> {
    fn describe(name: &str, fields: &mut Vec<Field>) {
        fields.push(Field {
            name: name.to_owned(),
            data_type: DataType::List,
            children: 1,
        });
        C::describe("element", fields);
    }

    #[inline]
    fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    fn push_null(&mut self) {
        self.validity.push_null(self.len());
        self.close();
    }

    fn truncate(&mut self, len: usize) {
        self.offsets.truncate(len + 1);
        self.child.truncate(self.offsets.last().map_or(0, |&end| end as usize));
        self.validity.truncate(len);
    }

    fn finish(self, columns: &mut Vec<Data>) {
        let length = self.len();
        let validity = self.validity.finish(length);
        columns.push(Data {
            length,
            validity,
            offsets: self.offsets,
            values: Values::Nested,
        });
        self.child.finish(columns);
    }
}

/// The columns of a struct's fields; `#[derive(Row)]` writes one such type for each struct.
pub trait Fields: Default {
    /// How many fields there are.
    const COUNT: u32;
    /// As [`Column::describe`], for each in turn.
    fn describe(fields: &mut Vec<Field>);
    /// As [`Column::push_null`], for each.
    fn push_null(&mut self);
    /// As [`Column::truncate`], for each.
    fn truncate(&mut self, len: usize);
    /// As [`Column::finish`], for each in turn.
    fn finish(self, columns: &mut Vec<Data>);
}

/// Structs: a column for each field.
#[derive(Debug, Default, Clone)]
pub struct Struct<F> {
    fields: F,
    len: usize,
    validity: Validity,
}

impl<F: Fields> Struct<F> {
    /// The fields' columns, to append the next struct's. They count once [`Struct::close`] is called.
    #[inline]
    pub fn fields(&mut self) -> &mut F {
        &mut self.fields
    }

    /// Ends the struct whose fields were appended since the last one.
    #[inline]
    pub fn close(&mut self) {
        self.len += 1;
    }
}

impl<F: Fields> Column for Struct<F> {
    fn describe(name: &str, fields: &mut Vec<Field>) {
        fields.push(Field {
            name: name.to_owned(),
            data_type: DataType::Struct,
            children: F::COUNT,
        });
        F::describe(fields);
    }

    #[inline]
    fn len(&self) -> usize {
        self.len
    }

    fn push_null(&mut self) {
        self.validity.push_null(self.len);
        self.fields.push_null();
        self.len += 1;
    }

    fn truncate(&mut self, len: usize) {
        self.fields.truncate(len);
        self.validity.truncate(len);
        self.len = self.len.min(len);
    }

    fn finish(self, columns: &mut Vec<Data>) {
        let validity = self.validity.finish(self.len);
        columns.push(Data {
            length: self.len,
            validity,
            offsets: Vec::new(),
            values: Values::Nested,
        });
        self.fields.finish(columns);
    }
}
