//! From text to documents: drives the event parser, keeps the limits, and goes on with the next document after a syntax error.
//!
//! The event parser is named in this file and in `build.rs` only, so that it can be replaced.

use std::sync::Arc;

use catalyst_source::Span;
use granit_parser::{ErrorKind, Event, Parser, ScanError};

use crate::build::{Builder, Halt, Layouts};
use crate::{Document, Problem};

/// Bounds on what is read. Whatever exceeds them is a [`Limit`](crate::ProblemKind::Limit) problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of text.
    pub bytes: usize,
    /// Levels of nested collections, aliases followed. Never more than 255, whatever stands here: code may recurse over a document.
    pub depth: usize,
    /// Values and keys of all documents together, aliases followed.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { bytes: 16 << 20, depth: DEEPEST, nodes: 1_000_000 }
    }
}

/// The deepest nesting there is.
const DEEPEST: usize = 255;

/// More problems than this in one text are dropped; a text that has them is no YAML file at all.
const MOST_PROBLEMS: usize = 1000;

/// What a text holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The documents in order, without those that have syntax errors.
    pub documents: Vec<Document>,
    /// What is wrong, in the order of the text. Scalars are not looked at yet, see [`Node::to_value`](crate::Node::to_value).
    pub problems: Vec<Problem>,
}

/// Reads a text with the default limits. Never fails and never panics; a byte order mark at the start is skipped and counts in all spans.
pub fn parse(text: &str) -> Parsed {
    parse_with(text, &Limits::default())
}

/// Reads a text with the given limits.
pub fn parse_with(text: &str, limits: &Limits) -> Parsed {
    let (documents, problems, _) = read(text, limits, false);
    Parsed { documents, problems }
}

/// Reads a text as it is written: repeated keys and merge keys stay what they are, and the layout comes with it.
pub(crate) fn parse_as_written(text: &str) -> (Vec<Document>, Vec<Problem>, Layouts) {
    read(text, &Limits::default(), true)
}

fn read(text: &str, limits: &Limits, as_written: bool) -> (Vec<Document>, Vec<Problem>, Layouts) {
    let bytes = limits.bytes.min(u32::MAX as usize - 1);
    if text.len() > bytes {
        return (Vec::new(), vec![Problem::too_large(text.len(), bytes)], Layouts::default());
    }
    let limits = Limits { depth: limits.depth.min(DEEPEST), ..*limits };
    let source: Arc<str> = text.into();
    let body = source.strip_prefix('\u{feff}').unwrap_or(&source);
    let base = source.len() - body.len();

    let mut parser = Parser::new_from_str_with_options(body, options(&limits, as_written));
    let mut builder = Builder::new(&source, base, &limits, as_written);
    while let Some(event) = parser.next_event() {
        let halt = match event {
            Ok((Event::StreamEnd, _)) => break,
            Ok((event, span)) => match builder.event(event, &span) {
                Ok(()) => continue,
                Err(halt) => halt,
            },
            Err(error) => {
                let mut problem = scan_problem(&error, &source, base, &limits);
                problem.other = opening(&error, &builder);
                builder.problem(problem);
                Halt::Document
            }
        };
        builder.abandon();
        match halt {
            Halt::Text => break,
            Halt::Document => match parser.proceed_next_document() {
                Ok(true) => continue,
                Ok(false) => break,
                Err(error) => {
                    builder.problem(scan_problem(&error, &source, base, &limits));
                    break;
                }
            },
        }
    }
    let (documents, mut problems, layouts) = builder.finish();
    problems.sort_by_key(|problem| problem.span);
    problems.truncate(MOST_PROBLEMS);
    (documents, problems, layouts)
}

fn options(limits: &Limits, as_written: bool) -> granit_parser::Options {
    granit_parser::options! {
        emit_unresolved_aliases: true,
        emit_anchor_events: as_written,
        emit_comments: as_written,
        // A file may well start with a licence of more lines than the default; the bytes are bounded already.
        max_buffered_comment_events: usize::MAX,
        flow_nesting_limit: limits.depth,
        block_nesting_limit: limits.depth,
    }
}

fn scan_problem(error: &ScanError, source: &str, base: usize, limits: &Limits) -> Problem {
    let at = (base + error.marker().byte_offset().unwrap_or(0)).min(source.len());
    let at = (0..=at).rev().find(|&at| source.is_char_boundary(at)).unwrap_or(0);
    // A tab that indents is reported at what stands behind it.
    let tab = matches!(
        error.kind(),
        ErrorKind::TabInIndentation | ErrorKind::TabInBlockIndentation | ErrorKind::TabNotAllowed
    );
    let line = source[..at].rfind('\n').map_or(0, |at| at + 1);
    let before = source[line..at].rfind('\t').filter(|_| tab && !source[at..].starts_with('\t'));
    let at = before.map_or(at, |tab| line + tab);
    let one = source[at..].chars().next().filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8);
    let span = Span::new(at, at + one);
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => Problem::too_deep(span, limits.depth),
        kind => match explained(kind) {
            Some((message, help)) => Problem::syntax(span, message.to_owned()).help(help),
            None => Problem::syntax(span, error.info()),
        },
    }
}

/// Where the quote or bracket opens that an error is about; it may be far above.
fn opening(error: &ScanError, builder: &Builder<'_>) -> Option<(Span, String)> {
    let (span, what) = match error.kind() {
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::DocumentIndicatorInQuotedScalar => (builder.open_quote()?, "the quote opens here"),
        ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
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
            ("a quoted text goes on too far left", "close the quote, or indent its lines deeper than its key")
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
        ErrorKind::UndeclaredTagHandle => {
            ("unknown tag", "only tags with `!!` are known; put text that starts with `!` in quotes")
        }
        _ => return None,
    })
}
