//! Literals of numbers and strings: how they are read, and how a string is written.

use crate::lexer::{TokenKind, name_length};

/// A string literal at the beginning of a text.
pub(crate) struct Literal {
    pub(crate) value: String,
    /// Bytes of the text that it takes.
    pub(crate) length: usize,
}

/// What is wrong with a string literal; the range is relative to its first byte.
pub(crate) struct Fault {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) message: &'static str,
    pub(crate) help: Option<&'static str>,
}

/// The string literal that the text begins with, if it begins with one.
pub(crate) fn string(text: &str) -> Option<Result<Literal, Fault>> {
    let quote_at = text.bytes().take(3).position(|byte| matches!(byte, b'\'' | b'"'))?;
    let (raw, bytes) = match text[..quote_at].to_ascii_lowercase().as_str() {
        "" => (false, false),
        "r" => (true, false),
        "b" | "rb" | "br" => (false, true),
        _ => return None,
    };
    if bytes {
        let message = "bytes are not supported";
        return Some(Err(Fault {
            start: 0,
            end: quote_at + 1,
            message,
            help: Some("write a string, without the `b`"),
        }));
    }
    let mark = &text[quote_at..quote_at + 1];
    let triple = mark.repeat(3);
    let quote = if text[quote_at..].starts_with(&triple) { triple.as_str() } else { mark };
    Some(body(text, quote_at + quote.len(), quote, raw))
}

fn body(text: &str, start: usize, quote: &str, raw: bool) -> Result<Literal, Fault> {
    let mut value = String::new();
    let mut at = start;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = &text[at..];
        if rest.starts_with(quote) {
            return Ok(Literal { value, length: at + quote.len() });
        }
        match c {
            '\n' | '\r' if quote.len() == 1 => break,
            '\\' if !raw => {
                let (decoded, length) = escape(&rest[1..]).map_err(|length| Fault {
                    start: at,
                    end: at + 1 + length,
                    message: "this escape sequence does not exist",
                    help: Some("a backslash is written `\\\\`, or the whole string raw: `r'\\d+'`"),
                })?;
                value.push(decoded);
                at += 1 + length;
            }
            c => {
                value.push(c);
                at += c.len_utf8();
            }
        }
    }
    let help = (quote.len() == 1).then_some("a string over several lines is written in three quotes");
    Err(Fault { start: 0, end: at, message: "the string is not closed", help })
}

/// What follows a backslash: the character it stands for and its length, or the length of what makes no sense.
fn escape(text: &str) -> Result<(char, usize), usize> {
    let first = text.chars().next().ok_or(0_usize)?;
    let simple = match first {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '\\' | '\'' | '"' | '`' | '?' => first,
        'x' | 'X' => return digits(text, 1, 2, 16),
        'u' => return digits(text, 1, 4, 16),
        'U' => return digits(text, 1, 8, 16),
        '0'..='3' => return digits(text, 0, 3, 8),
        _ => return Err(first.len_utf8()),
    };
    Ok((simple, 1))
}

fn digits(text: &str, from: usize, count: usize, radix: u32) -> Result<(char, usize), usize> {
    let end = from + count;
    let digits =
        text.get(from..end).filter(|digits| digits.chars().all(|c| c.is_digit(radix))).ok_or(from)?;
    let code = u32::from_str_radix(digits, radix).map_err(|_| end)?;
    char::from_u32(code).map(|c| (c, end)).ok_or(end)
}

/// The number that the text begins with: its length, and its value.
pub(crate) fn number(text: &str) -> (usize, Result<TokenKind, &'static str>) {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes.iter().skip(from).take_while(|b| b.is_ascii_digit()).count();
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        let count = hex.bytes().take_while(u8::is_ascii_hexdigit).count();
        return integer(text, 2, 2 + count, 16);
    }
    let whole = digits(0);
    let mut end = whole;
    if bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        match digits(end + 1 + sign) {
            0 => {}
            count => end += 1 + sign + count,
        }
    }
    if end == whole {
        return integer(text, 0, end, 10);
    }
    let trailing = name_length(&text[end..]);
    let value = match text[..end].parse::<f64>() {
        Ok(value) if value.is_finite() && trailing == 0 => Ok(TokenKind::Double(value)),
        Ok(_) if trailing > 0 => Err("this is neither a number nor a name"),
        _ => Err("the number is too large"),
    };
    (end + trailing, value)
}

/// An integer whose digits stand in `start..end`, with the `u` that CEL allows after it.
fn integer(text: &str, start: usize, end: usize, radix: u32) -> (usize, Result<TokenKind, &'static str>) {
    let trailing = name_length(&text[end..]);
    let suffix = &text[end..end + trailing];
    let value = match suffix {
        "" | "u" | "U" if start < end => u64::from_str_radix(&text[start..end], radix)
            .map(TokenKind::Int)
            .map_err(|_| "the number does not fit into 64 bits"),
        _ => Err("this is neither a number nor a name"),
    };
    (end + trailing, value)
}

/// A string literal that reads as the given text.
pub(crate) fn write(text: &str, out: &mut impl std::fmt::Write) -> std::fmt::Result {
    out.write_char('\'')?;
    for c in text.chars() {
        match c {
            '\\' => out.write_str("\\\\")?,
            '\'' => out.write_str("\\'")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            c if c.is_control() => write!(out, "\\u{:04x}", u32::from(c))?,
            c => out.write_char(c)?,
        }
    }
    out.write_char('\'')
}
