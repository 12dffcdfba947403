//! How Go reads numbers and times, as far as go-yaml relies on it: `strconv.ParseInt` with base 0, `strconv.ParseFloat`, `time.Parse` and
//! the JSON form of a `time.Time`. It knows nothing of YAML.

/// An integer as Go's 64-bit types hold it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Int {
    Signed(i64),
    Unsigned(u64),
}

/// `ParseInt(text, 0, 64)`, and `ParseUint(text, 0, 64)` when that fails. Underscores are expected to be gone.
pub(crate) fn parse_int(text: &str) -> Option<Int> {
    let (negative, signed, digits) = match text.as_bytes().first()? {
        b'-' => (true, true, &text[1..]),
        b'+' => (false, true, &text[1..]),
        _ => (false, false, text),
    };
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', _, ..] => (2, &digits[2..]),
        [b'0'] => (10, digits),
        [b'0', ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    parse_base(negative, signed, digits, base)
}

/// `ParseInt(text, base, 64)`, and `ParseUint` when that fails.
pub(crate) fn parse_int_base(text: &str, base: u32) -> Option<Int> {
    match text.as_bytes().first()? {
        b'-' => parse_base(true, true, &text[1..], base),
        b'+' => parse_base(false, true, &text[1..], base),
        _ => parse_base(false, false, text, base),
    }
}

fn parse_base(negative: bool, signed: bool, digits: &str, base: u32) -> Option<Int> {
    if !digits.bytes().all(|b| char::from(b).is_digit(base)) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, base).ok()?;
    if negative {
        return 0i64.checked_sub_unsigned(magnitude).map(Int::Signed);
    }
    match i64::try_from(magnitude) {
        Ok(value) => Some(Int::Signed(value)),
        Err(_) if signed => None,
        Err(_) => Some(Int::Unsigned(magnitude)),
    }
}

/// `ParseFloat(text, 64)` on decimal text of the form `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`; other forms and values out of
/// range give `None`.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    is_decimal_float(text).then(|| text.parse::<f64>().ok())?.filter(|value| value.is_finite())
}

/// The same with underscores between digits, which `ParseFloat` skips where the caller has not removed them.
pub(crate) fn parse_float_underscored(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let between = |at: usize| digit(at.checked_sub(1)) && digit(Some(at + 1));
    let allowed = (0..bytes.len()).all(|at| bytes[at] != b'_' || between(at));
    allowed.then(|| parse_float(&text.replace('_', "")))?
}

/// Whether a text has the form of a decimal number.
pub(crate) fn is_decimal_float(text: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let whole = digits(text);
    let mut rest = &text[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let count = digits(fraction);
        if whole == 0 && count == 0 {
            return false;
        }
        rest = &fraction[count..];
    } else if whole == 0 {
        return false;
    }
    match rest.strip_prefix(['e', 'E']) {
        None => rest.is_empty(),
        Some(exponent) => {
            let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent) == exponent.len()
        }
    }
}

/// A timestamp as go-yaml v3 recognises it, in the form `time.Time` has in JSON (RFC 3339, nanoseconds without trailing zeros).
pub(crate) fn timestamp(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || !bytes[..4].iter().all(u8::is_ascii_digit) || bytes[4] != b'-' {
        return None;
    }
    let mut scan = Scan(&text[5..]);
    let year: u32 = text[..4].parse().ok()?;
    let month = scan.number(1, 12)?;
    scan.expect(&["-"])?;
    let day = scan.number(1, days_in(year, month))?;
    if scan.0.is_empty() {
        return Some(format!("{year:04}-{month:02}-{day:02}T00:00:00Z"));
    }
    let zoned = scan.expect(&["T", "t", " "])? != " ";
    let hour = scan.number(0, 23)?;
    scan.expect(&[":"])?;
    let minute = scan.number(0, 59)?;
    scan.expect(&[":"])?;
    let second = scan.number(0, 59)?;
    let fraction = scan.fraction();
    let zone = if zoned { scan.zone()? } else { "Z".to_owned() };
    scan.0
        .is_empty()
        .then(|| format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}"))
}

/// The rest of a timestamp.
struct Scan<'t>(&'t str);

impl Scan<'_> {
    /// One or two digits.
    fn number(&mut self, least: u32, most: u32) -> Option<u32> {
        let len = self.0.bytes().take(2).take_while(u8::is_ascii_digit).count();
        let number = self.0[..len].parse().ok()?;
        self.0 = &self.0[len..];
        (least..=most).contains(&number).then_some(number)
    }

    fn expect<'e>(&mut self, any: &[&'e str]) -> Option<&'e str> {
        let found = any.iter().find(|text| self.0.starts_with(**text))?;
        self.0 = &self.0[found.len()..];
        Some(found)
    }

    /// A fraction of any length, cut to nanoseconds; Go takes a comma for a point.
    fn fraction(&mut self) -> String {
        let Some(rest) = self.0.strip_prefix(['.', ',']) else { return String::new() };
        let len = rest.bytes().take_while(u8::is_ascii_digit).count();
        if len == 0 {
            return String::new();
        }
        let digits = rest[..len.min(9)].trim_end_matches('0');
        self.0 = &rest[len..];
        if digits.is_empty() { String::new() } else { format!(".{digits}") }
    }

    fn zone(&mut self) -> Option<String> {
        if self.expect(&["Z"]).is_some() {
            return Some("Z".to_owned());
        }
        let sign = self.expect(&["+", "-"])?;
        let digits =
            |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u32>().ok())?;
        let hour = digits(self.0.get(..2)?)?;
        let minute = digits(self.0.get(3..5)?)?;
        if self.0.as_bytes()[2] != b':' || hour > 23 || minute > 59 {
            return None;
        }
        self.0 = &self.0[5..];
        Some(if hour == 0 && minute == 0 { "Z".to_owned() } else { format!("{sign}{hour:02}:{minute:02}") })
    }
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}
