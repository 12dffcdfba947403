//! Syntax errors in words for people: what the event parser reports, where it is, and what to do.

use crate::build::Builder;
use crate::problem::Problem;
use crate::read::Limits;
use catalyst_source::Span;
use granit_parser::{ErrorKind, ScanError};

/// The longest key on one line, in characters (YAML 1.2, 7.4.2).
const LONGEST_KEY: usize = 1024;

/// A line of a quoted text that is not indented deeper than its key.
const TOO_FAR_LEFT: &str = "a quoted text goes on too far left";

/// Whether a problem is nothing but the column of a line within quotes.
pub(crate) fn is_too_far_left(problem: &Problem) -> bool {
    problem.message == TOO_FAR_LEFT
}

/// An error of the event parser as a problem. `base` is how many bytes of the source the parser has not seen.
pub(crate) fn scan_problem(error: &ScanError, source: &str, base: usize, limits: &Limits) -> Problem {
    let at = (base + error.marker().byte_offset().unwrap_or(0)).min(source.len());
    let at = (0..=at).rev().find(|&at| source.is_char_boundary(at)).unwrap_or(0);
    if let Some(problem) = foreign(source, at) {
        return problem;
    }
    // A tab that indents is reported at what stands behind it.
    let tab = matches!(
        error.kind(),
        ErrorKind::TabInIndentation | ErrorKind::TabInBlockIndentation | ErrorKind::TabNotAllowed
    );
    let line = line_start(source, at);
    let before = source[line..at].rfind('\t').filter(|_| tab && !source[at..].starts_with('\t'));
    let at = before.map_or(at, |tab| line + tab);
    let span = one(source, at);
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => Problem::too_deep(span, limits.depth),
        kind => match explained(kind) {
            Some((message, help)) => Problem::syntax(span, message.to_owned()).help(help),
            None => Problem::syntax(span, error.info()),
        },
    }
}

fn line_start(source: &str, at: usize) -> usize {
    source[..at].rfind('\n').map_or(0, |at| at + 1)
}

/// The character at a place, or nothing at the end of a line.
fn one(source: &str, at: usize) -> Span {
    let len = source[at..].chars().next().filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8);
    Span::new(at, at + len)
}

/// What the error at a place really is, when its line shows that it is no slip in YAML: the marks of a merge, a template, a space of
/// another kind, a key that is too long.
fn foreign(source: &str, at: usize) -> Option<Problem> {
    let start = line_start(source, at);
    let line = source[start..].lines().next().unwrap_or_default();
    if ["<<<<<<< ", "=======", ">>>>>>> "].iter().any(|mark| line.starts_with(mark)) {
        let span = Span::new(start, start + 7);
        return Some(
            Problem::syntax(span, "a conflict that a merge left behind".to_owned())
                .help("keep one of the two sides and remove the marks"),
        );
    }
    if line.trim_start().starts_with("{{") {
        let start = start + line.len() - line.trim_start().len();
        return Some(
            Problem::syntax(Span::new(start, start + 2), "a template, where YAML is read".to_owned())
                .help("intent is plain YAML; put an expression in quotes, and a template into a chart"),
        );
    }
    // The parser takes such a space for the beginning of a text, and stumbles over the line or the one below.
    let above = source[..start].strip_suffix('\n').map_or(start, |rest| line_start(source, rest.len()));
    for start in [above, start] {
        let text = source[start..].lines().next().unwrap_or_default();
        let indent = &text[..text.len() - text.trim_start().len()];
        if let Some((found, space)) = indent.char_indices().find(|(_, c)| !c.is_ascii()) {
            let message = format!("a space that YAML does not know (U+{:04X})", u32::from(space));
            return Some(
                Problem::syntax(one(source, start + found), message).help("indent with plain spaces"),
            );
        }
    }
    let key = source[start..at].trim_start();
    if key.chars().nth(LONGEST_KEY).is_some() && (key.ends_with(':') || source[at..].starts_with(':')) {
        let first = at - key.len();
        return Some(
            Problem::syntax(one(source, first), format!("a key of more than {LONGEST_KEY} characters"))
                .help("give it a shorter key"),
        );
    }
    None
}

/// Where the quote or bracket opens that an error is about; it may be far above.
pub(crate) fn opening(error: &ScanError, builder: &Builder<'_>) -> Option<(Span, String)> {
    let (span, what) = match error.kind() {
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::DocumentIndicatorInQuotedScalar => (builder.open_quote()?, "the quote opens here"),
        ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::InvalidColonPlacement
        | ErrorKind::BlockEntryInFlowCollection
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator => (builder.open_bracket()?, "the bracket opens here"),
        _ => return None,
    };
    Some((span, what.to_owned()))
}

/// Better words for the errors that people make most often; the event parser speaks of its own inner life.
fn explained(kind: &ErrorKind) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        ErrorKind::MappingValueNotAllowed => (
            "a key is not allowed here",
            "text with `: ` in it needs quotes; otherwise the line is indented wrongly",
        ),
        ErrorKind::ExpectedBlockMappingKey => {
            ("this is no entry of the mapping above", "the entries of a mapping start at the same column")
        }
        ErrorKind::BlockSequenceEntryNotAllowed => {
            ("a list is not allowed here", "start the list on a line of its own below its key")
        }
        ErrorKind::ExpectedBlockSequenceEntry => {
            ("this is no item of the list above", "the items of a list start with `- ` at the same column")
        }
        ErrorKind::SimpleKeyExpected => (
            "a line of a mapping needs `: ` behind its key",
            "add the colon and a space, or put text of several lines in quotes",
        ),
        ErrorKind::InvalidIndentation => {
            ("wrong indentation", "what belongs together starts at the same column")
        }
        ErrorKind::TabInIndentation | ErrorKind::TabInBlockIndentation | ErrorKind::TabNotAllowed => {
            ("a tab is not allowed here", "indent with spaces")
        }
        ErrorKind::UnclosedFlowCollection { open: '[' } | ErrorKind::UnexpectedEofFlowSequence => {
            ("a `[` is not closed", "add the `]`")
        }
        ErrorKind::UnclosedFlowCollection { .. } | ErrorKind::UnexpectedEofFlowMapping => {
            ("a `{` is not closed", "add the `}`")
        }
        ErrorKind::MismatchedFlowCollectionEnd { .. } => {
            ("this bracket is closed by one of another kind", "close the inner bracket before the outer one")
        }
        ErrorKind::ExpectedFlowMappingSeparator => {
            ("expected `,` or `}`", "the entries of a mapping in braces are separated by commas")
        }
        ErrorKind::ExpectedFlowSequenceSeparator => {
            ("expected `,` or `]`", "the items of a list in brackets are separated by commas")
        }
        ErrorKind::UnclosedQuotedScalar => ("a quote is not closed", "add the closing quote"),
        ErrorKind::DocumentIndicatorInQuotedScalar => {
            ("a quote is not closed before the next document", "add the closing quote")
        }
        ErrorKind::InvalidQuotedScalarIndent => {
            (TOO_FAR_LEFT, "close the quote, or indent its lines deeper than its key")
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => (
            "text behind a closed quote",
            "write `''` for a quote in single quotes and `\\\"` for one in double quotes",
        ),
        ErrorKind::UnknownQuotedScalarEscape => {
            ("unknown escape in double quotes", "write `\\\\` for a backslash, or use single quotes")
        }
        ErrorKind::UnexpectedCharacter { character: '@' | '`' | '%' } => {
            ("no text may start with this character", "put the text in quotes")
        }
        ErrorKind::UnexpectedCharacter { .. } => {
            ("a control character", "write it as an escape in double quotes")
        }
        ErrorKind::InvalidMappingValueWhitespace => ("a colon needs a space behind it", "add the space"),
        ErrorKind::CommentNotSeparated => {
            ("a comment needs a space before it", "add the space, or put the text in quotes")
        }
        ErrorKind::InvalidColonPlacement => {
            ("a key is not allowed inside of this bracket", "close the bracket before the key")
        }
        ErrorKind::UnexpectedEofImplicitFlowMapping => {
            ("a comma too many, or a bracket that is not closed", "remove the comma, or close the bracket")
        }
        ErrorKind::MisplacedFlowCollectionEnd => {
            ("this bracket closes none", "remove it, or put text that starts with it in quotes")
        }
        ErrorKind::BlockEntryInFlowCollection => (
            "no list with `- ` inside of brackets",
            "separate the items by commas, or close the bracket before",
        ),
        ErrorKind::InvalidQuotedScalarHexEscape => (
            "an escape needs two (`\\x`), four (`\\u`) or eight (`\\U`) hexadecimal digits",
            "write all digits, or `\\\\` for a backslash",
        ),
        ErrorKind::InvalidLowSurrogateHexEscape
        | ErrorKind::InvalidLowSurrogate
        | ErrorKind::MissingLowSurrogate
        | ErrorKind::UnpairedLowSurrogate => {
            ("an escape for half a character", "write the character itself, or one escape `\\U` for it")
        }
        ErrorKind::InvalidUnicodeEscape => {
            ("an escape for no character", "the last character is `\\U0010FFFF`")
        }
        ErrorKind::InvalidBlockScalarHeader => (
            "a `|` or `>` begins a text of several lines, and the text starts on the next line",
            "put a text that starts with `|` or `>` in quotes",
        ),
        ErrorKind::MissingAnchorOrAliasName => {
            ("an anchor or alias without a name", "put text that starts with `&` or `*` in quotes")
        }
        ErrorKind::BomInsideDocument => ("a byte order mark inside of the text", "remove it; nobody sees it"),
        ErrorKind::InvalidDocumentEnd => {
            ("text behind the end of a document", "start the next document on a line of its own, after `---`")
        }
        ErrorKind::UndeclaredTagHandle => {
            ("unknown tag", "only tags with `!!` are known; put text that starts with `!` in quotes")
        }
        _ => return None,
    })
}
