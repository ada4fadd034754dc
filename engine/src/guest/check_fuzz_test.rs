//! What comes back from a guest: checked and made Arrow, beside a plain reading of it by the contract's words.

use arbitrary::{Result, Unstructured};
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, Field, Float64Type, Int32Type, Int64Type, Schema, TimestampMicrosecondType,
};
use wasmill_fuzz::{Target, peak_of, shape};

use super::check::{RecordError, Unchecked, columns};
use super::contract::exports::wasmill::guest::transform::RowError;
use super::contract::{Column, DataType as Kind, Field as GuestField, Rows, Values};
use super::limits::Limits;
use super::schema::schema;

/// A value as one would write it down.
#[derive(Debug, PartialEq)]
enum Plain {
    Null,
    Boolean(bool),
    Integer(i64),
    /// The bits, since a NaN is to be kept as it is.
    Double(u64),
    Text(String),
    List(Vec<Plain>),
    Struct(Vec<Plain>),
}

const KINDS: [Kind; 9] = [
    Kind::Boolean,
    Kind::Int32,
    Kind::Int64,
    Kind::Float64,
    Kind::Utf8,
    Kind::Timestamp,
    Kind::Date,
    Kind::Struct,
    Kind::List,
];

/// A field and its children, mostly as the contract wants them.
fn field(u: &mut Unstructured<'_>, depth: usize, into: &mut Vec<GuestField>) -> Result<()> {
    let kind = *u.choose(&KINDS[..if depth < 3 { 9 } else { 7 }])?;
    let children = match kind {
        Kind::Struct => u.int_in_range(1..=3)?,
        Kind::List => 1,
        _ => 0,
    };
    into.push(GuestField {
        name: format!("f{}", into.len()),
        data_type: kind,
        children,
    });
    (0..children).try_for_each(|_| field(u, depth + 1, into))
}

fn bits(u: &mut Unstructured<'_>, length: usize) -> Result<Vec<u8>> {
    Ok(u.bytes(length.div_ceil(8))?.to_vec())
}

fn many<T>(length: usize, one: impl FnMut(usize) -> Result<T>) -> Result<Vec<T>> {
    (0..length).map(one).collect()
}

/// A column of this many entries and its children, as the contract wants them.
fn column(u: &mut Unstructured<'_>, field: &Field, length: usize, into: &mut Vec<Column>) -> Result<()> {
    let validity = if u.ratio(1, 2)? { bits(u, length)? } else { Vec::new() };
    let varies = matches!(field.data_type(), DataType::Utf8 | DataType::List(_));
    let mut offsets = Vec::new();
    let mut text = String::new();
    if varies {
        offsets.push(0);
        for _ in 0..length {
            let more = match field.data_type() {
                DataType::Utf8 => {
                    let piece = *u.choose(&["", "a", "\u{e9}", "\u{1f600}", "text"])?;
                    text.push_str(piece);
                    piece.len() as i32
                }
                _ => u.int_in_range(0..=3)?,
            };
            offsets.push(offsets.last().copied().unwrap_or(0) + more);
        }
    }
    let elements = offsets.last().copied().unwrap_or(0) as usize;
    let values = match field.data_type() {
        DataType::Boolean => Values::Boolean(bits(u, length)?),
        DataType::Int32 | DataType::Date32 => Values::Int32(many(length, |_| u.arbitrary())?),
        DataType::Int64 | DataType::Timestamp(..) => Values::Int64(many(length, |_| u.arbitrary())?),
        DataType::Float64 => Values::Float64(many(length, |_| u.arbitrary().map(f64::from_bits))?),
        DataType::Utf8 => Values::Utf8(text.into_bytes()),
        _ => Values::Nested,
    };
    into.push(Column {
        length: length as u32,
        validity,
        offsets,
        values,
    });
    match field.data_type() {
        DataType::List(element) => column(u, element, elements, into),
        DataType::Struct(fields) => fields.iter().try_for_each(|field| column(u, field, length, into)),
        _ => Ok(()),
    }
}

/// One thing otherwise than the contract wants it, or not.
fn spoil(u: &mut Unstructured<'_>, columns: &mut Vec<Column>) -> Result<()> {
    if columns.is_empty() {
        return Ok(());
    }
    let at = u.choose_index(columns.len())?;
    let number = *u.choose(&[-1, 0, 1, 2, 3, 1000, i32::MAX, i32::MIN])?;
    let other = u.choose_index(columns.len())?;
    match u.int_in_range(0..=9)? {
        0 => columns[at].length = number as u32,
        1 => columns[at].length = columns[at].length.wrapping_add_signed(number),
        2 => drop(columns.remove(at)),
        3 => columns.insert(at, columns[other].clone()),
        4 => columns.swap(at, other),
        5 => columns[at].validity.resize(u.int_in_range(0..=3)?, 0xff),
        6 if !columns[at].offsets.is_empty() => {
            let which = u.choose_index(columns[at].offsets.len())?;
            columns[at].offsets[which] = number;
        }
        6 => columns[at].offsets.push(number),
        7 => match &mut columns[at].values {
            Values::Utf8(text) | Values::Boolean(text) => match text.first_mut() {
                Some(byte) => *byte = u.arbitrary()?,
                None => text.push(0),
            },
            Values::Int32(values) => values.push(number),
            Values::Int64(values) => drop(values.pop()),
            Values::Float64(values) => values.push(0.5),
            Values::Nested => columns[at].values = Values::Int32(Vec::new()),
        },
        8 => columns[at].values = columns[other].values.clone(),
        _ => {
            columns[at].offsets.pop();
        }
    }
    Ok(())
}

/// The entries of a column by the contract's words; nothing if it is not as they say.
fn plain<'c>(columns: &mut impl Iterator<Item = &'c Column>, field: &Field, length: usize) -> Option<Vec<Plain>> {
    let column = columns.next()?;
    let bit = |bits: &[u8], at: usize| bits[at / 8] >> (at % 8) & 1 == 1;
    let bytes = length.div_ceil(8);
    let validity = &column.validity;
    if column.length as usize != length || !(validity.is_empty() || validity.len() == bytes) {
        return None;
    }
    let varies = matches!(field.data_type(), DataType::Utf8 | DataType::List(_));
    let mut ranges = Vec::new();
    if varies {
        if column.offsets.len() != length + 1 || column.offsets[0] != 0 {
            return None;
        }
        for ends in column.offsets.windows(2) {
            ranges.push(usize::try_from(ends[0]).ok()?..usize::try_from(ends[1]).ok()?);
        }
        if ranges.iter().any(|range| range.start > range.end) {
            return None;
        }
    } else if !column.offsets.is_empty() {
        return None;
    }
    let end = ranges.last().map_or(0, |range| range.end);
    let has = |count: usize| (count == length).then_some(());
    let mut entries: Vec<Plain> = match (field.data_type(), &column.values) {
        (DataType::Boolean, Values::Boolean(bits)) => {
            (bits.len() == bytes).then_some(())?;
            (0..length).map(|at| Plain::Boolean(bit(bits, at))).collect()
        }
        (DataType::Int32 | DataType::Date32, Values::Int32(values)) => {
            has(values.len())?;
            values.iter().map(|value| Plain::Integer(i64::from(*value))).collect()
        }
        (DataType::Int64 | DataType::Timestamp(..), Values::Int64(values)) => {
            has(values.len())?;
            values.iter().map(|value| Plain::Integer(*value)).collect()
        }
        (DataType::Float64, Values::Float64(values)) => {
            has(values.len())?;
            values.iter().map(|value| Plain::Double(value.to_bits())).collect()
        }
        (DataType::Utf8, Values::Utf8(text)) => {
            (text.len() == end).then_some(())?;
            let texts = ranges.into_iter().map(|range| String::from_utf8(text[range].to_vec()));
            texts.map(|text| text.ok().map(Plain::Text)).collect::<Option<_>>()?
        }
        (DataType::List(element), Values::Nested) => {
            let mut elements = plain(columns, element, end)?.into_iter();
            ranges
                .into_iter()
                .map(|range| Plain::List(elements.by_ref().take(range.len()).collect()))
                .collect()
        }
        (DataType::Struct(fields), Values::Nested) => {
            let children: Option<Vec<_>> = fields.iter().map(|field| plain(columns, field, length)).collect();
            let mut children: Vec<_> = children?.into_iter().map(Vec::into_iter).collect();
            (0..length)
                .map(|_| Plain::Struct(children.iter_mut().filter_map(Iterator::next).collect()))
                .collect()
        }
        _ => return None,
    };
    for (at, entry) in entries.iter_mut().enumerate() {
        if !validity.is_empty() && !bit(validity, at) {
            *entry = Plain::Null;
        }
    }
    Some(entries)
}

/// An entry of an array.
fn entry(array: &ArrayRef, at: usize) -> Plain {
    if array.is_null(at) {
        return Plain::Null;
    }
    let all = |array: &ArrayRef| (0..array.len()).map(|at| entry(array, at)).collect();
    match array.data_type() {
        DataType::Boolean => Plain::Boolean(array.as_boolean().value(at)),
        DataType::Int32 => Plain::Integer(array.as_primitive::<Int32Type>().value(at).into()),
        DataType::Date32 => Plain::Integer(array.as_primitive::<Date32Type>().value(at).into()),
        DataType::Int64 => Plain::Integer(array.as_primitive::<Int64Type>().value(at)),
        DataType::Timestamp(..) => Plain::Integer(array.as_primitive::<TimestampMicrosecondType>().value(at)),
        DataType::Float64 => Plain::Double(array.as_primitive::<Float64Type>().value(at).to_bits()),
        DataType::Utf8 => Plain::Text(array.as_string::<i32>().value(at).to_owned()),
        DataType::List(_) => Plain::List(all(&array.as_list::<i32>().value(at))),
        DataType::Struct(_) => Plain::Struct(
            array
                .as_struct()
                .columns()
                .iter()
                .map(|child| entry(child, at))
                .collect(),
        ),
        other => panic!("a {other} came out"),
    }
}

fn plain_rows(columns: &[Column], schema: &Schema, length: usize) -> Option<Vec<Vec<Plain>>> {
    let mut rest = columns.iter();
    let fields = schema.fields().iter();
    let read = fields
        .map(|field| plain(&mut rest, field, length))
        .collect::<Option<_>>()?;
    rest.next().is_none().then_some(read)
}

/// What an array must be, whatever came: valid, of the schema's type, and what was read plainly.
fn holds(arrays: &[ArrayRef], schema: &Schema, length: usize, expected: &[Vec<Plain>]) {
    assert_eq!(arrays.len(), schema.fields().len());
    for ((array, field), expected) in arrays.iter().zip(schema.fields()).zip(expected) {
        array.to_data().validate_full().unwrap();
        assert_eq!((array.data_type(), array.len()), (field.data_type(), length));
        let entries: Vec<Plain> = (0..length).map(|at| entry(array, at)).collect();
        assert_eq!(entries, *expected, "{}", field.name());
    }
}

fn weight(columns: &[Column]) -> usize {
    let values = |values: &Values| match values {
        Values::Nested => 0,
        Values::Boolean(bytes) | Values::Utf8(bytes) => bytes.len(),
        Values::Int32(values) => 4 * values.len(),
        Values::Int64(values) => 8 * values.len(),
        Values::Float64(values) => 8 * values.len(),
    };
    let column = |column: &Column| column.validity.len() + 4 * column.offsets.len() + values(&column.values);
    columns.iter().map(column).sum()
}

fn checked(u: &mut Unstructured<'_>) -> Result<String> {
    let mut flat = Vec::new();
    for _ in 0..u.int_in_range(1..=3)? {
        field(u, 1, &mut flat)?;
    }
    if u.ratio(1, 8)? {
        let at = u.choose_index(flat.len())?;
        flat[at].children = u.int_in_range(0..=u32::MAX)?;
    }
    let limits = Limits {
        output_rows: 20,
        ..Limits::default()
    };
    let schema = match schema(&flat, &limits) {
        Ok(schema) => schema,
        Err(reason) => return Ok(shape(&reason)),
    };
    let length = u.int_in_range(0..=21)?;
    let mut columns = Vec::new();
    for field in schema.fields() {
        column(u, field, length, &mut columns)?;
    }
    for _ in 0..u.int_in_range(0..=2)? {
        spoil(u, &mut columns)?;
    }
    let records = u.int_in_range(0..=12)?;
    let mut origins = many(length, |_| u.int_in_range(0..=10_u32))?;
    if u.ratio(7, 8)? {
        origins.sort_unstable();
    }
    let errors: Vec<u32> = many(u.int_in_range(0..=2)?, |_| u.int_in_range(0..=12))?;

    let expected = plain_rows(&columns, &schema, length).filter(|_| {
        let rising = origins.is_sorted() && errors.is_sorted_by(|one, next| one < next);
        let known = origins.iter().chain(&errors).all(|record| (*record as usize) < records);
        let apart = errors.iter().all(|record| !origins.contains(record));
        rising && known && apart && length <= limits.output_rows
    });
    let bytes = weight(&columns);
    let rows = Rows {
        origins: origins.clone(),
        columns,
        errors: errors
            .iter()
            .map(|record_index| RowError {
                record_index: *record_index,
                reason: "why\n".to_owned(),
            })
            .collect(),
    };
    let (outcome, peak) = peak_of(|| Unchecked::new(rows, records).check(&schema, &limits));
    assert!(peak < (64 << 10) + 8 * bytes, "{peak} bytes for {bytes}");
    match (outcome, expected) {
        (Ok(mut checked), Some(expected)) => {
            holds(checked.columns(), &schema, length, &expected);
            assert_eq!(checked.origins(), origins);
            let told = checked.take_errors();
            let told: Vec<u32> = told.iter().map(|RecordError { record, .. }| *record as u32).collect();
            assert_eq!(told, errors);
            Ok(format!("{} columns", schema.fields().len()))
        }
        (Err(reason), None) => Ok(shape(&reason)),
        (Ok(_), None) => panic!("it is not as the contract says, but was let through"),
        (Err(reason), Some(expected)) => panic!("{reason}, but it is {expected:?}"),
    }
}

#[test]
fn what_a_guest_returns_is_checked() {
    Target::new("returned").longest(2048).run(|bytes| {
        let mut u = Unstructured::new(bytes);
        checked(&mut u).unwrap_or_else(|_| "too short".to_owned())
    });
}

/// The result of an aggregate goes the same way, without rows around it: here any bytes are its columns.
#[test]
fn columns_of_any_bytes() {
    Target::new("returned-raw").longest(512).run(|bytes| {
        let mut u = Unstructured::new(bytes);
        let mut read = || -> Result<(DataType, usize, Vec<Column>)> {
            let mut flat = Vec::new();
            field(&mut u, 2, &mut flat)?;
            let schema = schema(&flat, &Limits::default()).unwrap();
            let length = u.int_in_range(0..=9)?;
            let columns = many(u.int_in_range(0..=4)?, |_| {
                Ok(Column {
                    length: if u.ratio(3, 4)? { length as u32 } else { u.arbitrary()? },
                    validity: u.arbitrary()?,
                    offsets: u.arbitrary()?,
                    values: match u.int_in_range(0..=5)? {
                        0 => Values::Boolean(u.arbitrary()?),
                        1 => Values::Int32(u.arbitrary()?),
                        2 => Values::Int64(u.arbitrary()?),
                        3 => Values::Float64(u.arbitrary()?),
                        4 => Values::Utf8(u.arbitrary()?),
                        _ => Values::Nested,
                    },
                })
            })?;
            Ok((schema.field(0).data_type().clone(), length, columns))
        };
        let Ok((data_type, length, given)) = read() else {
            return "too short".to_owned();
        };
        let schema = Schema::new(vec![Field::new("result", data_type, true)]);
        let expected = plain_rows(&given, &schema, length);
        match columns(given, &schema, length) {
            Ok(arrays) => {
                holds(
                    &arrays,
                    &schema,
                    length,
                    &expected.expect("it is not as the contract says"),
                );
                "an array".to_owned()
            }
            Err(reason) => {
                assert!(expected.is_none(), "{reason}, but it is {expected:?}");
                shape(&reason)
            }
        }
    });
}
