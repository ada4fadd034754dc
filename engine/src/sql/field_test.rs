use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int32Array, StructArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field};

use super::masked;

#[test]
fn a_null_struct_has_null_fields() {
    let field: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), None, Some(3)]));
    let fields = vec![Field::new("x", DataType::Int32, true)].into();
    let parent = StructArray::new(fields, vec![field], Some(NullBuffer::from(vec![true, true, false])));
    let seen = masked(parent.column(0), parent.nulls()).unwrap();
    assert_eq!(
        seen.as_ref(),
        &Int32Array::from(vec![Some(1), None, None]) as &dyn Array
    );
}
