//! Text that another program wrote and that Go's readers have taken already.
//!
//! YAML wants the lines of a quoted text to stand deeper than its key. Go's readers do not ask for it, and neither do PyYAML's, so such
//! lines do occur in published charts. White space at the start of those lines means nothing: with more of it the text is the same.

use crate::explain::is_too_far_left;
use crate::{Limits, Parsed, ProblemKind, parse_with};

/// Each quoted text that is mended is one more reading. No more bytes than this are read again.
const WORK: usize = 256 << 20;

/// Reads a text like [`parse`](crate::parse), except that the lines of a quoted text may start anywhere. Spans and lines are those of the
/// text as it was mended, which has the same lines.
pub fn parse_lax(text: &str) -> Parsed {
    parse_within(text, WORK)
}

fn parse_within(text: &str, work: usize) -> Parsed {
    let limits = Limits::default();
    let mut parsed = parse_with(text, &limits);
    let mut mended = String::new();
    let mut left = work;
    while let Some(less) = left.checked_sub(text.len().max(mended.len())) {
        left = less;
        let text = if mended.is_empty() { text } else { &mended };
        let Some(next) = parsed.problems.iter().find_map(|problem| {
            let (open, _) = problem.other.as_ref().filter(|_| is_too_far_left(problem))?;
            mend(text, open.start as usize)
        }) else {
            break;
        };
        let again = parse_with(&next, &limits);
        // Not one document fewer, or it was not that.
        if again.documents.len() < parsed.documents.len()
            || again.problems.iter().any(|it| it.kind == ProblemKind::Limit)
        {
            break;
        }
        (mended, parsed) = (next, again);
    }
    parsed
}

/// The text with the lines of the quoted text that opens at a place moved to the right of it.
fn mend(text: &str, open: usize) -> Option<String> {
    let quote = text.as_bytes().get(open).copied().filter(|it| matches!(it, b'"' | b'\''))?;
    let end = open + 1 + closing(&text.as_bytes()[open + 1..], quote)?;
    let column = open - text[..open].rfind('\n').map_or(0, |at| at + 1);
    let (body, rest) = text[open..].split_at(end - open);
    // No larger than what is read.
    let grown = body.matches('\n').count().checked_mul(column + 1)?.checked_add(text.len())?;
    if grown > Limits::default().bytes {
        return None;
    }
    let indent = format!("\n{}", " ".repeat(column + 1));
    let moved =
        body.split('\n').map(|it| it.trim_start_matches([' ', '\t'])).collect::<Vec<_>>().join(&indent);
    (moved != body).then(|| [&text[..open], &moved, rest].concat())
}

/// Where the quote that closes stands.
fn closing(rest: &[u8], quote: u8) -> Option<usize> {
    let mut at = 0;
    while let Some(byte) = rest.get(at) {
        match *byte {
            b'\\' if quote == b'"' => at += 1,
            byte if byte == quote && quote == b'\'' && rest.get(at + 1) == Some(&quote) => at += 1,
            byte if byte == quote => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dialect, parse};
    use serde_json::{Value, json};

    fn read(text: &str) -> Vec<Value> {
        let parsed = parse_lax(text);
        assert_eq!(parsed.problems, [], "{text}");
        parsed.documents.iter().map(|it| it.to_value(Dialect::Kubernetes).0).collect()
    }

    #[test]
    fn lines_of_a_quoted_text_may_start_anywhere() {
        let text = "a:\n  b: 'one\n  two\n\n it''s'\n  c: \"x\\\"\n  y\\\n z\"\n---\nd: 1\n";
        assert!(!parse(text).problems.is_empty());
        assert_eq!(read(text), [json!({"a": {"b": "one two\nit's", "c": "x\" yz"}}), json!({"d": 1})]);
        // As a reader that never minded.
        assert_eq!(read("a:\n  b: 'one\n    two'\n"), [json!({"a": {"b": "one two"}})]);
    }

    #[test]
    fn what_is_wrong_otherwise_stays_wrong() {
        for text in ["a: 'b\n", "a:\n  b: 'one\n  two\n", "a: \"b\nc\" d\n", "a: [\n"] {
            let kinds: Vec<ProblemKind> = parse_lax(text).problems.iter().map(|it| it.kind).collect();
            assert!(kinds.contains(&ProblemKind::Syntax), "{text:?}: {kinds:?}");
        }
    }

    #[test]
    fn mending_has_an_end() {
        let text = "- a:\n    b: 'one\n  two'\n".repeat(300);
        assert!(parse_lax(&text).problems.is_empty());
        assert!(!parse_within(&text, text.len() * 100).problems.is_empty());
    }
}
