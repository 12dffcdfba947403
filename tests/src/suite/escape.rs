//! Text with escapes, for what Markdown cannot show: hostile bytes and very long texts.
//!
//! - `\n`, `\r`, `\t`, `\0`, `\\`, `\"`, `\xFF` (one byte) and `\u{202E}` (one character, or a surrogate half as the three bytes that
//!   careless writers make of it) stand for what they stand for elsewhere; `\` at the end of a line joins it with the next.
//! - `{{ 1000 * "[" }}` stands for a thousand of what is between the quotes, which may hold escapes; there `\#` is the number of the
//!   repetition, from 0. Braces in any other form stand for themselves.

/// The bytes that a text stands for.
///
/// # Errors
/// When it holds an escape that is not known.
pub fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if let Some((count, inner, after)) = repetition(rest) {
            for number in 0..count {
                out.extend(escapes(inner, Some(number))?);
            }
            rest = after;
        } else {
            let end = if next == '\\' { escape_len(rest) } else { next.len_utf8() };
            out.extend(escapes(&rest[..end], None)?);
            rest = &rest[end..];
        }
    }
    Ok(out)
}

/// `{{ COUNT * "TEXT" }}` at the start of a text, and what follows it.
fn repetition(text: &str) -> Option<(usize, &str, &str)> {
    let (count, rest) = text.strip_prefix("{{ ")?.split_once(" * \"")?;
    let count = count.parse().ok()?;
    let mut end = 0;
    loop {
        match rest[end..].chars().next()? {
            '"' => break,
            '\\' => end += escape_len(&rest[end..]),
            other => end += other.len_utf8(),
        }
    }
    Some((count, &rest[..end], rest[end..].strip_prefix("\" }}")?))
}

/// How many bytes the escape at the start of a text takes.
fn escape_len(text: &str) -> usize {
    let braced = || text.find('}').map_or(text.len(), |end| end + 1);
    let second = text[1..].chars().next();
    match second {
        Some('u') => braced(),
        Some('x') => text.char_indices().nth(4).map_or(text.len(), |(at, _)| at),
        _ => 1 + second.map_or(0, char::len_utf8),
    }
}

fn escapes(text: &str, number: Option<usize>) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first != '\\' {
            out.extend_from_slice(&rest.as_bytes()[..first.len_utf8()]);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (escape, after) = rest.split_at(escape_len(rest));
        let unknown = || format!("unknown escape `{escape}`");
        match &escape[1..] {
            "n" => out.push(b'\n'),
            "r" => out.push(b'\r'),
            "t" => out.push(b'\t'),
            "0" => out.push(0),
            "\\" => out.push(b'\\'),
            "\"" => out.push(b'"'),
            "\n" => {}
            "#" => out.extend(number.ok_or_else(unknown)?.to_string().into_bytes()),
            other => match (other.strip_prefix('x'), other.strip_prefix('u')) {
                (Some(hex), _) => out.push(u8::from_str_radix(hex, 16).map_err(|_| unknown())?),
                (_, Some(hex)) => {
                    let hex = hex.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
                    let code = hex.and_then(|it| u32::from_str_radix(it, 16).ok()).ok_or_else(unknown)?;
                    match char::from_u32(code) {
                        Some(c) => out.extend(c.to_string().into_bytes()),
                        None if code < 0x1_0000 => {
                            let low = |shift: u32| 0x80 | ((code >> shift) & 0x3f) as u8;
                            out.extend([0xe0 | (code >> 12) as u8, low(6), low(0)]);
                        }
                        None => return Err(unknown()),
                    }
                }
                (None, None) => return Err(unknown()),
            },
        }
        rest = after;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn escapes_and_repetitions() {
        let is = |text: &str, bytes: &[u8]| assert_eq!(unescape(text).as_deref(), Ok(bytes), "{text}");
        is(r#"a\xff\0\u{e9}\\\"\t"#, b"a\xff\0\xc3\xa9\\\"\t");
        is(r"\u{d800}", b"\xed\xa0\x80");
        is("a\\\nb", b"ab");
        is(r#"{{ 3 * "[\n" }}é"#, "[\n[\n[\né".as_bytes());
        is(r#"{{ 2 * "k\#: \"v\"\n" }}"#, b"k0: \"v\"\nk1: \"v\"\n");
        is(r#""{{ config.a }} {{ 0 * "x" }}""#, br#""{{ config.a }} ""#);
    }

    #[test]
    fn unknown_escapes_are_refused() {
        for text in [r"\q", r"\x", r"\xzz", r"\u", r"\u{110000}", r"\#", "\\", r"\é"] {
            assert!(unescape(text).is_err(), "{text}");
        }
    }
}
