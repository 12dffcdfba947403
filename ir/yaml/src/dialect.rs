//! What a scalar means to each reader: go-yaml v2 as Kubernetes uses it, go-yaml v3 as Kustomize uses it, and the YAML 1.2 core schema.
//! The table of recorded readings that these rules reproduce is in the tests.

use std::borrow::Cow;

use crate::go::{self, Int};

/// Whose reading of the scalars is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// YAML 1.2 core. A scalar that Kubernetes or Kustomize would read as another value is a problem.
    Strict,
    /// What the Kubernetes API machinery and kubectl read: `yes` is true, `017` is 15, `1.0` is the integer 1.
    Kubernetes,
    /// What `kustomize build` reads: `yes` is text, `2020-01-01` becomes `2020-01-01T00:00:00Z`.
    Kustomize,
}

/// A scalar with its type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar<'t> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    /// An integer beyond 64 bits: its decimal digits, perhaps with a sign.
    Big(&'t str),
    /// Infinity or not a number.
    NotFinite,
    Str(Cow<'t, str>),
}

/// The explicit tag does not fit the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mismatch;

/// Reads an untagged plain scalar.
pub(crate) fn plain(text: &str, dialect: Dialect) -> Scalar<'_> {
    match dialect {
        Dialect::Strict => core(text),
        Dialect::Kubernetes => through_json(go_yaml(text, false, true), false),
        Dialect::Kustomize => through_json(go_yaml(text, true, true), true),
    }
}

/// Whether all readers take this plain scalar for a string, as its first byte shows; `false` where one must look closer.
pub(crate) fn is_clearly_text(text: &str) -> bool {
    match text.as_bytes().first() {
        None => false,
        Some(b'0'..=b'9' | b'+' | b'-' | b'.' | b'~') => false,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O') => text.len() > 5,
        Some(_) => true,
    }
}

/// Reads a scalar that has an explicit tag. Local tags and those go-yaml does not resolve leave the text as it is.
pub(crate) fn tagged<'t>(text: &'t str, tag: &str, dialect: Dialect) -> Result<Scalar<'t>, Mismatch> {
    let as_text = || Ok(Scalar::Str(text.into()));
    if dialect == Dialect::Strict {
        let read = core(text);
        return match (tag, &read) {
            ("!!str", _) => as_text(),
            ("!!null", Scalar::Null)
            | ("!!bool", Scalar::Bool(_))
            | ("!!int", Scalar::Int(_) | Scalar::Uint(_) | Scalar::Big(_))
            | ("!!float", Scalar::Float(_) | Scalar::NotFinite) => Ok(read),
            ("!!float", Scalar::Int(_) | Scalar::Uint(_) | Scalar::Big(_)) => {
                text.parse().map(Scalar::Float).map_err(|_| Mismatch)
            }
            ("!!null" | "!!bool" | "!!int" | "!!float", _) => Err(Mismatch),
            _ => as_text(),
        };
    }
    let v3 = dialect == Dialect::Kustomize;
    let read = go_yaml(text, v3, tag == "!!timestamp");
    let read = match (tag, read) {
        ("!!binary", _) => {
            let bytes = base64(text).ok_or(Mismatch)?;
            return String::from_utf8(bytes).map(|text| Scalar::Str(text.into())).map_err(|_| Mismatch);
        }
        ("!!float", Scalar::Int(value)) => Scalar::Float(value as f64),
        ("!!null", read @ Scalar::Null)
        | ("!!bool", read @ Scalar::Bool(_))
        | ("!!int", read @ (Scalar::Int(_) | Scalar::Uint(_)))
        | ("!!float", read @ (Scalar::Float(_) | Scalar::NotFinite)) => read,
        ("!!timestamp", read @ Scalar::Str(_)) if go::timestamp(text).is_some() => read,
        ("!!null" | "!!bool" | "!!int" | "!!float" | "!!timestamp", _) => return Err(Mismatch),
        _ => return as_text(),
    };
    Ok(through_json(read, v3))
}

/// The name of a scalar's type, with article.
pub(crate) fn type_name(scalar: &Scalar<'_>) -> &'static str {
    match scalar {
        Scalar::Null => "null",
        Scalar::Bool(_) => "a boolean",
        Scalar::Int(_) | Scalar::Uint(_) | Scalar::Big(_) => "an integer",
        Scalar::Float(_) | Scalar::NotFinite => "a number",
        Scalar::Str(_) => "a string",
    }
}

/// Whether another reader got the value that YAML 1.2 gives. An integer and a float are the same when they are the same number. What is a
/// float by YAML 1.2 may come back from Kustomize as an integer of its leading digits; that is the same float.
pub(crate) fn agree(core: &Scalar<'_>, other: &Scalar<'_>) -> bool {
    match (core, other) {
        (Scalar::Float(a), Scalar::Float(b)) => a == b,
        (Scalar::Float(a), Scalar::Int(b)) => *a == *b as f64,
        (Scalar::Float(a), Scalar::Uint(b)) => *a == *b as f64,
        (Scalar::NotFinite, Scalar::NotFinite) => true,
        _ => match (whole(core), whole(other)) {
            (Some(a), Some(b)) => a == b,
            (None, None) => core == other,
            _ => false,
        },
    }
}

/// The decimal digits of a whole number.
fn whole<'a>(scalar: &'a Scalar<'_>) -> Option<Cow<'a, str>> {
    match scalar {
        Scalar::Int(value) => Some(value.to_string().into()),
        Scalar::Uint(value) => Some(value.to_string().into()),
        Scalar::Float(value) if *value == 0.0 => Some("0".into()),
        Scalar::Float(value) if value.fract() == 0.0 => Some(format!("{value:.0}").into()),
        Scalar::Big(text) => {
            let (sign, digits) = match text.strip_prefix('-') {
                Some(digits) => ("-", digits),
                None => ("", text.strip_prefix('+').unwrap_or(text)),
            };
            let digits = digits.trim_start_matches('0');
            Some(if sign.is_empty() { digits.into() } else { format!("-{digits}").into() })
        }
        _ => None,
    }
}

/// The core schema of YAML 1.2.
fn core(text: &str) -> Scalar<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "true" | "True" | "TRUE" => return Scalar::Bool(true),
        "false" | "False" | "FALSE" => return Scalar::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Scalar::NotFinite,
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Scalar::NotFinite;
    }
    if !unsigned.is_empty() && unsigned.bytes().all(|b| b.is_ascii_digit()) {
        return match (text.parse(), text.parse()) {
            (Ok(value), _) => Scalar::Int(value),
            (_, Ok(value)) => Scalar::Uint(value),
            _ => Scalar::Big(text),
        };
    }
    for (prefix, base) in [("0o", 8), ("0x", 16)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && !digits.is_empty()
            && digits.chars().all(|c| c.is_digit(base))
        {
            // Beyond 64 bits no reader has an integer; Go takes the text.
            return match u64::from_str_radix(digits, base) {
                Ok(value) => i64::try_from(value).map_or(Scalar::Uint(value), Scalar::Int),
                Err(_) => Scalar::NotFinite,
            };
        }
    }
    if go::is_decimal_float(text) {
        return match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Scalar::Float(value),
            _ => Scalar::NotFinite,
        };
    }
    Scalar::Str(text.into())
}

/// go-yaml's `resolve`, version 2 or 3.
fn go_yaml(text: &str, v3: bool, timestamps: bool) -> Scalar<'_> {
    let string = || Scalar::Str(text.into());
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "true" | "True" | "TRUE" => return Scalar::Bool(true),
        "false" | "False" | "FALSE" => return Scalar::Bool(false),
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" if !v3 => return Scalar::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" if !v3 => return Scalar::Bool(false),
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf"
        | "-.Inf" | "-.INF" => return Scalar::NotFinite,
        _ => {}
    }
    match text.as_bytes()[0] {
        b'.' => return go::parse_float_underscored(text).map_or_else(string, Scalar::Float),
        b'0'..=b'9' | b'-' | b'+' => {}
        _ => return string(),
    }
    if timestamps && let Some(time) = go::timestamp(text) {
        // Version 2 recognises the time and then keeps the text.
        return if v3 { Scalar::Str(time.into()) } else { string() };
    }
    let stripped: Cow<'_, str> = if text.contains('_') { text.replace('_', "").into() } else { text.into() };
    if let Some(int) = go::parse_int(&stripped) {
        return from_int(int);
    }
    if let Some(value) = go::parse_float(&stripped) {
        return Scalar::Float(value);
    }
    // Reached only by what the base-0 parser refuses, such as a second sign: `0b-1` is -1.
    for (prefix, base) in [("0b", 2), ("0o", 8)] {
        if base == 8 && !v3 {
            continue;
        }
        let int = match stripped.strip_prefix(prefix) {
            Some(digits) => go::parse_int_base(digits, base),
            None => stripped
                .strip_prefix('-')
                .and_then(|rest| rest.strip_prefix(prefix))
                .and_then(|digits| go::parse_int_base(&format!("-{digits}"), base)),
        };
        if let Some(int) = int {
            return from_int(int);
        }
    }
    string()
}

fn from_int<'t>(int: Int) -> Scalar<'t> {
    match int {
        Int::Signed(value) => Scalar::Int(value),
        Int::Unsigned(value) => Scalar::Uint(value),
    }
}

/// Both programs pass values through JSON text: a float that is whole and below 1e21 is printed without fraction and read back as an
/// integer. Kustomize keeps unsigned 64-bit integers, the API machinery has only signed ones and takes the rest for floats.
fn through_json(scalar: Scalar<'_>, unsigned: bool) -> Scalar<'_> {
    match scalar {
        Scalar::Float(value) if value.fract() == 0.0 && value.abs() < 1e21 => {
            let whole = value as i128;
            match (i64::try_from(whole), u64::try_from(whole)) {
                (Ok(value), _) => Scalar::Int(value),
                (_, Ok(value)) if unsigned => Scalar::Uint(json_digits(value as f64).unwrap_or(value)),
                _ => scalar,
            }
        }
        Scalar::Uint(value) if !unsigned => Scalar::Float(value as f64),
        _ => scalar,
    }
}

/// Go prints the shortest digits that give the float back, padded with zeros.
fn json_digits(value: f64) -> Option<u64> {
    format!("{value}").parse().ok()
}

/// Standard base64 with padding; line breaks are skipped, as Go does.
fn base64(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|b| !matches!(b, b'\n' | b'\r')).collect();
    if !digits.len().is_multiple_of(4) {
        return None;
    }
    let mut out = Vec::with_capacity(digits.len() / 4 * 3);
    let last = digits.len().checked_sub(4);
    for (at, group) in digits.chunks(4).enumerate() {
        let padding = group.iter().rev().take_while(|&&b| b == b'=').count();
        if padding > 2 || (padding > 0 && Some(at * 4) != last) {
            return None;
        }
        let mut bits = 0u32;
        for &digit in &group[..4 - padding] {
            let value = match digit {
                b'A'..=b'Z' => digit - b'A',
                b'a'..=b'z' => digit - b'a' + 26,
                b'0'..=b'9' => digit - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(value);
        }
        bits <<= 6 * padding;
        out.extend_from_slice(&bits.to_be_bytes()[1..4 - padding]);
    }
    Some(out)
}
