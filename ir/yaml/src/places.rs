//! Where things stand in the source, where the event parser does not say or says something else.

use catalyst_source::Span;

/// The first of certain characters behind `from`, where nothing but blanks, comments, indicators, tags and anchors stands between.
pub(crate) fn token_after(source: &str, from: usize, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let bytes = source.as_bytes();
    let mut at = from;
    loop {
        let byte = *bytes.get(at)?;
        if wanted(byte) {
            return Some(at);
        }
        at += match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b':' | b'-' | b'?' | b',' => 1,
            b'#' => bytes[at..].iter().take_while(|&&b| b != b'\n' && b != b'\r').count(),
            b'&' | b'!' => {
                bytes[at..].iter().take_while(|b| !matches!(b, b' ' | b'\t' | b'\n' | b'\r')).count()
            }
            _ => return None,
        };
    }
}

/// A block scalar in the source.
pub(crate) struct Block<'t> {
    /// From the `|` or `>` to the end of the last line that counts.
    pub(crate) span: Span,
    /// From the first character of the first line that is not empty to the end of the last line, empty lines included.
    pub(crate) lines: Span,
    /// What it says.
    pub(crate) text: &'t str,
}

/// Corrects what the event parser says of a block scalar: its span starts at the first line and takes in the indentation of what follows,
/// and it gives the last line of a file a line break that is not there, which no other reader does.
pub(crate) fn block_scalar<'t>(
    source: &str,
    last_end: usize,
    mut lines: Span,
    mut text: &'t str,
    indent: usize,
) -> Block<'t> {
    let body = &source[lines.range()];
    let last = body.rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let at_end = lines.end as usize == source.len();
    let blank = body[last..].trim_matches([' ', '\t']).is_empty();
    // In the last line of a file, blanks beyond the indentation are text.
    let line = source[..lines.end as usize].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let counts = at_end && source.len() - line > indent && !text.trim_end_matches('\n').is_empty();
    if blank && !counts && last > 0 {
        lines.end = lines.start + last as u32;
    } else if at_end && last < body.len() {
        text = text.strip_suffix('\n').unwrap_or(text);
    }

    let header = token_after(source, last_end, |byte| matches!(byte, b'|' | b'>'));
    let Some(header) = header.filter(|&header| header < lines.end.max(lines.start + 1) as usize) else {
        return Block { span: lines, lines, text };
    };
    let indicators =
        source[header + 1..].bytes().take_while(|b| matches!(b, b'+' | b'-' | b'0'..=b'9')).count();
    let behind = header + 1 + indicators;
    let body = &source[lines.range()];
    let blank_end = text.trim_end_matches('\n').ends_with([' ', '\t']);
    let kept = if source[header..behind].contains('+') || blank_end {
        body.strip_suffix('\n').map_or(body, |body| body.strip_suffix('\r').unwrap_or(body))
    } else {
        body.trim_end_matches([' ', '\t', '\n', '\r'])
    };
    let end = if kept.is_empty() { behind } else { (lines.start as usize + kept.len()).max(behind) };
    Block { span: Span::new(header, end), lines, text }
}
