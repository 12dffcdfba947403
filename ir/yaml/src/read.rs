//! From text to documents: drives the event parser, keeps the limits, and goes on with the next document after a syntax error.
//!
//! The event parser is named in this file, in `explain.rs` and in `build.rs` only, so that it can be replaced.

use std::sync::Arc;

use granit_parser::{Event, Parser};

use crate::build::{Builder, Halt, Layouts};
use crate::explain::{opening, scan_problem};
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

/// More problems than this in one text are dropped; nobody reads on, and a hostile text has as many as it has bytes.
const MOST_PROBLEMS: usize = 100;

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
