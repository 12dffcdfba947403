//! How a string is written so that every reader reads it back: plain where no reader of YAML 1.1 or 1.2 could take it for anything else,
//! as a literal block where it has lines and nothing that a block cannot show, in double quotes with escapes otherwise.
//!
//! The sets are narrower than either standard. Widening one needs the corpora of the tests, the exhaustive one of short texts included, and
//! the outside readers.

/// The form a string takes in block style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    Literal,
    Double,
}

/// One string in a form that fits on one line and anywhere: plain if it can be, else in double quotes.
pub fn scalar(text: &str) -> String {
    let mut out = String::new();
    push_inline(&mut out, text, true);
    out
}

/// A string in double quotes.
pub(crate) fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_double(&mut out, text);
    out
}

/// A string on one line. In brackets and braces a comma would end it.
pub(crate) fn push_inline(out: &mut String, text: &str, flow: bool) {
    if is_plain(text) && !(flow && text.contains(',')) {
        out.push_str(text);
    } else {
        push_double(out, text);
    }
}

/// The form of a string that may span lines.
pub(crate) fn form(text: &str) -> Form {
    if is_plain(text) {
        Form::Plain
    } else if is_literal(text) {
        Form::Literal
    } else {
        Form::Double
    }
}

/// The longest plain scalar.
const LONGEST_PLAIN: usize = 200;

const PLAIN: u8 = 1;
const PLAIN_FIRST: u8 = 2;
const LITERAL: u8 = 4;
/// May stand in double quotes as it is.
const QUOTED: u8 = 8;
/// Occurs in a number, date or time of some reader, prefixes of a base aside: Ruby groups digits by commas, YAML 1.1 by colons.
const NUMERIC: u8 = 16;

const CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        if b.is_ascii_alphabetic() || matches!(b, b'/' | b'_') {
            class[byte] |= PLAIN | PLAIN_FIRST;
        }
        if b.is_ascii_digit()
            || matches!(b, b'.' | b',' | b':' | b'+' | b'-' | b' ' | b'e' | b'E' | b't' | b'T' | b'z' | b'Z')
        {
            class[byte] |= NUMERIC;
        }
        if b.is_ascii_digit()
            || matches!(
                b,
                b' ' | b'-'
                    | b'.'
                    | b':'
                    | b'@'
                    | b'+'
                    | b'='
                    | b','
                    | b'('
                    | b')'
                    | b'$'
                    | b'~'
                    | b'^'
                    | b';'
            )
        {
            class[byte] |= PLAIN;
        }
        if b == b'\n' || (b >= 0x20 && b <= 0x7e) {
            class[byte] |= LITERAL;
        }
        if b >= 0x20 && b <= 0x7e && b != b'"' && b != b'\\' {
            class[byte] |= QUOTED;
        }
        byte += 1;
    }
    class
};

fn class(byte: u8) -> u8 {
    CLASS[byte as usize]
}

/// Whether a string may stand without quotes, outside of brackets and braces.
pub(crate) fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else { return false };
    let starts_well = match first {
        b'0'..=b'9' => is_beyond_numbers(bytes),
        b'.' => text.starts_with("./") || text.starts_with("../"),
        _ => class(first) & PLAIN_FIRST != 0,
    };
    if !starts_well || matches!(last, b' ' | b':') || bytes.len() > LONGEST_PLAIN {
        return false;
    }
    let mut before = first;
    for &byte in bytes {
        if class(byte) & PLAIN == 0 || (byte == b' ' && matches!(before, b' ' | b':')) {
            return false;
        }
        before = byte;
    }
    !is_reserved(bytes)
}

/// Whether a text that starts with a digit is no number, date or time to any reader, as `15m`, `10-cert-manager.yaml` and `1.1.2`: it has
/// no prefix of a base and no underscore, which hides one from some readers (`0_x1` is 1), and it holds a character that stands in no
/// number, or starts with three numbers between points.
fn is_beyond_numbers(bytes: &[u8]) -> bool {
    let prefixed = matches!(bytes, [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', ..]);
    !prefixed
        && !bytes.contains(&b'_')
        && (bytes.iter().any(|&byte| class(byte) & NUMERIC == 0) || starts_as_version(bytes))
}

fn starts_as_version(bytes: &[u8]) -> bool {
    let mut parts = bytes.splitn(3, |&byte| byte == b'.');
    let is_number = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let (Some(major), Some(minor), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    is_number(major) && is_number(minor) && rest.first().is_some_and(u8::is_ascii_digit)
}

/// Words that some reader gives a meaning, in any letter case, and `e3`, which one takes for a number.
fn is_reserved(bytes: &[u8]) -> bool {
    const WORDS: [&[u8]; 14] = [
        b"y",
        b"n",
        b"yes",
        b"no",
        b"on",
        b"off",
        b"true",
        b"false",
        b"null",
        b"nan",
        b"inf",
        b"infinity",
        b"none",
        b"undefined",
    ];
    match bytes[0].to_ascii_lowercase() {
        b'e' => {
            bytes.len() > 1
                && bytes[1..].iter().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'_'))
        }
        b'y' | b'n' | b'o' | b't' | b'f' | b'i' | b'u' => {
            bytes.len() <= 9 && WORDS.iter().any(|word| word.eq_ignore_ascii_case(bytes))
        }
        _ => false,
    }
}

/// Whether a string can be written as a literal block without an indentation indicator and comes back unchanged from every reader.
fn is_literal(text: &str) -> bool {
    let bytes = text.as_bytes();
    if matches!(bytes.first(), None | Some(b' ' | b'\n')) || text.ends_with("\n\n") {
        return false;
    }
    let mut lines = false;
    let mut before = 0;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte < 0x80 {
            if class(byte) & LITERAL == 0 {
                return false;
            }
            if byte == b'\n' {
                if before == b' ' {
                    return false;
                }
                lines = true;
            }
            at += 1;
        } else {
            let Some(c) = text[at..].chars().next() else { return false };
            if !matches!(c, '\u{a1}'..='\u{1fff}' | '\u{3000}'..='\u{d7fe}') {
                return false;
            }
            at += c.len_utf8();
        }
        before = byte;
    }
    lines && before != b' '
}

/// Appends a string in double quotes.
pub(crate) fn push_double(out: &mut String, text: &str) {
    out.push('"');
    let bytes = text.as_bytes();
    let mut done = 0;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if class(byte) & QUOTED != 0 {
            at += 1;
            continue;
        }
        let Some(c) = text[at..].chars().next() else { break };
        let next = at + c.len_utf8();
        if byte < 0x80 || is_escaped(c) {
            out.push_str(&text[done..at]);
            push_escape(out, c);
            done = next;
        }
        at = next;
    }
    out.push_str(&text[done..]);
    out.push('"');
}

/// Characters beyond ASCII that some reader drops, folds or refuses.
fn is_escaped(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{a0}' | '\u{2000}'..='\u{206f}' | '\u{e000}'..='\u{10ffff}')
}

/// Whether quoted text in the source holds characters that the writer would escape.
pub(crate) fn needs_escapes(raw: &str) -> bool {
    raw.chars().any(|c| c.is_control() || is_escaped(c))
}

fn push_escape(out: &mut String, c: char) {
    let (letter, digits) = match c {
        '"' => return out.push_str("\\\""),
        '\\' => return out.push_str("\\\\"),
        '\n' => return out.push_str("\\n"),
        '\r' => return out.push_str("\\r"),
        '\t' => return out.push_str("\\t"),
        '\0'..='\u{ff}' => ('x', 2),
        '\0'..='\u{ffff}' => ('u', 4),
        _ => ('U', 8),
    };
    out.push('\\');
    out.push(letter);
    for digit in (0..digits).rev() {
        let value = (c as u32 >> (4 * digit)) & 15;
        out.extend(char::from_digit(value, 16).map(|c| c.to_ascii_uppercase()));
    }
}
