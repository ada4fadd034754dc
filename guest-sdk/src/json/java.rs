//! Doubles as Java prints them.

/// Appends `value` as `Double.toString` writes it: the shortest digits that read back as the same double, with a point and a
/// digit behind it always, and an exponent below 1e-3 and from 1e7 up. Java's text for NaN and the infinities is quoted, as
/// its JSON writer does.
pub(super) fn append_double(value: f64, out: &mut Vec<u8>) {
    if !value.is_finite() {
        let text: &[u8] = match () {
            () if value.is_nan() => b"\"NaN\"",
            () if value > 0.0 => b"\"Infinity\"",
            () => b"\"-Infinity\"",
        };
        return out.extend_from_slice(text);
    }
    if value == 0.0 {
        return out.extend_from_slice(if value.is_sign_negative() { b"-0.0" } else { b"0.0" });
    }
    let mut scientific = format!("{:e}", value.abs());
    if !scientific.contains('.') {
        // Java asks for two digits, and takes the two that are nearest: 4.9E-324 where one digit would be 5e-324.
        let two = format!("{:.1e}", value.abs());
        if two.parse() == Ok(value.abs()) {
            scientific = two;
        }
    }
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    if value < 0.0 {
        out.push(b'-');
    }
    if (-3..7).contains(&exponent) {
        let fraction = if fraction == "0" { "" } else { fraction };
        let digits = format!("{whole}{fraction}");
        if exponent < 0 {
            out.extend_from_slice(b"0.");
            out.resize(out.len() + (-exponent - 1) as usize, b'0');
            out.extend_from_slice(digits.as_bytes());
        } else {
            let point = exponent as usize + 1;
            let padded = format!("{digits:0<point$}");
            let (whole, fraction) = padded.split_at(point);
            let fraction = if fraction.is_empty() { "0" } else { fraction };
            out.extend_from_slice(format!("{whole}.{fraction}").as_bytes());
        }
    } else {
        out.extend_from_slice(format!("{whole}.{fraction}E{exponent}").as_bytes());
    }
}

#[cfg(test)]
#[path = "java_test.rs"]
mod tests;
