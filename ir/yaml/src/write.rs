//! The canonical writer: block style, two columns a level, list items below their key, one form for one value. Its output is large (a fleet
//! is hundreds of megabytes), so nothing is allocated but the output itself.

use std::fmt::Write as _;

use serde_json::{Map, Number, Value};

use crate::quote::{self, Form};

/// Writes one document, with a newline at its end and without markers.
pub fn write(value: &Value) -> String {
    let mut out = String::new();
    write_into(&mut out, value, 0);
    out
}

/// Writes one document, and puts every string for which `quote` says so into double quotes, keys included. For texts that a later step
/// replaces inside the output: their quotes must not depend on what stands there.
pub fn write_quoting(value: &Value, quote: &dyn Fn(&str) -> bool) -> String {
    let mut out = String::new();
    lines(&mut out, value, 0, quote);
    out
}

/// Writes a stream of documents with `---` between them.
pub fn write_documents(values: &[Value]) -> String {
    let mut out = String::new();
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            out.push_str("---\n");
        }
        write_into(&mut out, value, 0);
    }
    out
}

/// Appends a value as whole lines, all of them indented by at least `indent` columns. The output is expected to be at the start of a line.
///
/// Recursion follows the nesting of the value; the reader bounds that at 255 levels.
pub fn write_into(out: &mut String, value: &Value, indent: usize) {
    lines(out, value, indent, &|_: &str| false);
}

/// The same with all strings in double quotes, for places where the usual form would not be read.
pub(crate) fn write_quoted(out: &mut String, value: &Value, indent: usize) {
    lines(out, value, indent, &|_: &str| true);
}

fn lines<Q: Fn(&str) -> bool + ?Sized>(out: &mut String, value: &Value, indent: usize, quote: &Q) {
    match value {
        Value::Object(map) if !map.is_empty() => entries(out, map, indent, false, quote),
        Value::Array(list) if !list.is_empty() => items(out, list, indent, false, quote),
        _ => {
            pad(out, indent);
            leaf(out, value, indent, quote);
        }
    }
}

/// Columns a level.
const STEP: usize = 2;

/// A key that takes more bytes stands behind `? `: readers need not look further than 1024 characters for the colon.
const LONGEST_KEY: usize = 1000;

fn entries<Q: Fn(&str) -> bool + ?Sized>(
    out: &mut String,
    map: &Map<String, Value>,
    indent: usize,
    mut inline: bool,
    quote: &Q,
) {
    for (key, value) in map {
        if !std::mem::take(&mut inline) {
            pad(out, indent);
        }
        let start = out.len();
        if quote(key) {
            quote::push_double(out, key)
        } else {
            quote::push_inline(out, key, false)
        }
        if out.len() - start > LONGEST_KEY {
            out.insert_str(start, "? ");
            out.push('\n');
            pad(out, indent);
        }
        out.push(':');
        match value {
            Value::Object(map) if !map.is_empty() => {
                out.push('\n');
                entries(out, map, indent + STEP, false, quote);
            }
            Value::Array(list) if !list.is_empty() => {
                out.push('\n');
                items(out, list, indent + STEP, false, quote);
            }
            _ => {
                out.push(' ');
                leaf(out, value, indent, quote);
            }
        }
    }
}

fn items<Q: Fn(&str) -> bool + ?Sized>(
    out: &mut String,
    list: &[Value],
    indent: usize,
    mut inline: bool,
    quote: &Q,
) {
    for value in list {
        if !std::mem::take(&mut inline) {
            pad(out, indent);
        }
        out.push_str("- ");
        match value {
            Value::Object(map) if !map.is_empty() => entries(out, map, indent + STEP, true, quote),
            Value::Array(list) if !list.is_empty() => items(out, list, indent + STEP, true, quote),
            _ => leaf(out, value, indent, quote),
        }
    }
}

/// A value without members, to the end of its line; a literal block takes more lines, one step right of `indent`.
fn leaf<Q: Fn(&str) -> bool + ?Sized>(out: &mut String, value: &Value, indent: usize, quote: &Q) {
    match value {
        Value::String(text) if !quote(text) => match quote::form(text) {
            Form::Plain => out.push_str(text),
            Form::Double => quote::push_double(out, text),
            Form::Literal => return literal(out, text, indent + STEP),
        },
        _ => atom(out, value),
    }
    out.push('\n');
}

/// A value that is no string and has no members.
pub(crate) fn atom(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(value) => number(out, value),
        Value::Object(_) => out.push_str("{}"),
        Value::Array(_) => out.push_str("[]"),
        Value::String(text) => quote::push_double(out, text),
    }
}

fn literal(out: &mut String, text: &str, indent: usize) {
    let body = match text.strip_suffix('\n') {
        Some(body) => {
            out.push_str("|\n");
            body
        }
        None => {
            out.push_str("|-\n");
            text
        }
    };
    for line in body.split('\n') {
        if !line.is_empty() {
            pad(out, indent);
            out.push_str(line);
        }
        out.push('\n');
    }
}

fn number(out: &mut String, number: &Number) {
    if let Some(value) = number.as_i64() {
        if value < 0 {
            out.push('-');
        }
        integer(out, value.unsigned_abs());
    } else if let Some(value) = number.as_u64() {
        integer(out, value);
    } else {
        float(out, number.as_f64().unwrap_or_default());
    }
}

fn integer(out: &mut String, mut value: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend(digits[at..].iter().map(|&digit| char::from(digit)));
}

/// The shortest digits that give the number back, always with a point, the exponent always with a sign: readers of YAML 1.1 take `1e21`
/// for a string.
fn float(out: &mut String, value: f64) {
    let start = out.len();
    // Writing to a string cannot fail.
    let _ = write!(out, "{value:?}");
    if let Some(exponent) = out[start..].find('e').map(|at| start + at) {
        if !out[exponent + 1..].starts_with('-') {
            out.insert(exponent + 1, '+');
        }
        if !out[start..exponent].contains('.') {
            out.insert_str(exponent, ".0");
        }
    }
}

fn pad(out: &mut String, columns: usize) {
    const BLANKS: &str = "                                                                ";
    let mut left = columns;
    while left > 0 {
        let step = left.min(BLANKS.len());
        out.push_str(&BLANKS[..step]);
        left -= step;
    }
}
