//! Floating point as Java prints it (`Double.toString`): plain between 1e-3 and 1e7, else with an exponent.

use std::fmt::{LowerExp, Write};

/// The text of a double: `1.0`, `12249.650000000001`, `1.0E7`, `9.9E-4`, `NaN`, `-Infinity`.
pub(crate) fn write_double(out: &mut String, value: f64) {
    if let Some(name) = special(value) {
        out.push_str(name);
    } else {
        write_scientific(out, &value, value.abs());
    }
}

/// The text of a float, whose shortest digits are those of 32 bits: `0.1`, `1.6777216E7`.
pub(crate) fn write_float(out: &mut String, value: f32) {
    if let Some(name) = special(f64::from(value)) {
        out.push_str(name);
    } else {
        write_scientific(out, &value, f64::from(value.abs()));
    }
}

fn special(value: f64) -> Option<&'static str> {
    if value.is_nan() {
        Some("NaN")
    } else if value == f64::INFINITY {
        Some("Infinity")
    } else if value == f64::NEG_INFINITY {
        Some("-Infinity")
    } else {
        None
    }
}

/// Both forms come from the scientific one, which has the shortest digits that read back as the same number.
fn write_scientific(out: &mut String, value: &impl LowerExp, size: f64) {
    let mut text = format!("{value:e}");
    if !text.contains('.') {
        // Java has a digit behind the point, and takes the nearest: 4.9E-324, though 5E-324 reads back the same.
        text = format!("{value:.1e}");
    }
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    if size == 0.0 || !(1e-3..1e7).contains(&size) {
        out.push_str(mantissa);
        if size != 0.0 {
            out.push('E');
            out.push_str(exponent);
        }
        return;
    }
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    out.push_str(sign);
    if exponent < 0 {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', exponent.unsigned_abs() as usize - 1));
        out.push_str(whole);
        out.push_str(if fraction == "0" { "" } else { fraction });
        return;
    }
    let shift = exponent as usize;
    out.push_str(whole);
    if shift < fraction.len() {
        out.push_str(&fraction[..shift]);
        let _infallible = write!(out, ".{}", &fraction[shift..]);
    } else {
        out.push_str(fraction);
        out.extend(std::iter::repeat_n('0', shift - fraction.len()));
        out.push_str(".0");
    }
}

#[cfg(test)]
#[path = "number_test.rs"]
mod tests;
