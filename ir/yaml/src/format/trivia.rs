//! What stands between the values of a text: comments, blank lines, markers, directives. Comments are woven in by position: whoever prints
//! something first has all comments printed that come before it in the source.

use catalyst_source::Span;

use crate::Document;
use crate::build::Layouts;

/// The directives of a text, which formatting knows nothing of.
pub(super) fn directives(
    text: &str,
    documents: &[Document],
    layouts: &Layouts,
) -> impl Iterator<Item = Span> {
    let mut found = Vec::new();
    let mut from = 0;
    for (document, layout) in documents.iter().zip(&layouts.documents) {
        if let Some(marker) = layout.marker {
            let gap = &text[from..(marker.start as usize).max(from)];
            let mut at = from;
            for line in gap.split_inclusive('\n') {
                if line.trim_start_matches('\u{feff}').starts_with('%') {
                    found.push(Span::new(at, at + line.trim_end().len()));
                }
                at += line.len();
            }
        }
        from = document.record(0).span.end as usize;
    }
    found.into_iter()
}

/// The text being written, and how far the source has been used up.
pub(super) struct Weave<'a> {
    source: &'a str,
    comments: &'a [Span],
    pub(super) out: String,
    /// The end of what was printed last, in the source.
    done: usize,
    /// The line has a comment at its end and takes nothing more.
    commented: bool,
    /// A collection starts here; a blank line would be out of place.
    pub(super) opened: bool,
    /// The column of the block scalar printed last: a comment must stand left of it.
    block: Option<usize>,
}

impl<'a> Weave<'a> {
    pub(super) fn new(source: &'a str, comments: &'a [Span]) -> Self {
        Weave {
            source,
            comments,
            out: String::with_capacity(source.len() + source.len() / 8),
            done: 0,
            commented: false,
            opened: true,
            block: None,
        }
    }

    /// Whether a comment comes before a position.
    pub(super) fn has_comment_before(&self, until: usize) -> bool {
        self.comments.first().is_some_and(|comment| (comment.start as usize) < until)
    }

    /// Prints the comments before a position. Those on lines of their own go to column `indent`, or one step right of it when they stand
    /// right of column `deeper` in the source.
    pub(super) fn comments(&mut self, until: usize, indent: usize, deeper: Option<usize>) {
        while let Some(comment) = self.take(until) {
            let column = self.column(comment.start as usize);
            let step = if deeper.is_some_and(|deeper| column > deeper) { 2 } else { 0 };
            self.comment(comment, indent + step);
        }
    }

    /// Prints the comments before a position that end the current line or stand at least at a column of the source.
    pub(super) fn comments_within(&mut self, until: usize, indent: usize, least: usize) {
        while let Some(&comment) = self.comments.first() {
            let start = comment.start as usize;
            if start >= until || (self.is_own_line(comment) && self.column(start) < least) {
                break;
            }
            self.comments = &self.comments[1..];
            self.comment(comment, indent);
        }
    }

    fn take(&mut self, until: usize) -> Option<Span> {
        let (first, rest) = self.comments.split_first()?;
        if first.start as usize >= until {
            return None;
        }
        self.comments = rest;
        Some(*first)
    }

    fn comment(&mut self, comment: Span, indent: usize) {
        if self.is_own_line(comment) || self.commented || self.at_line_start() {
            let indent = self.block.map_or(indent, |block| indent.min(block.saturating_sub(2)));
            self.start_line(comment.start as usize, indent);
        } else {
            self.out.push(' ');
        }
        self.out.push_str(self.source[comment.range()].trim_end());
        self.commented = true;
        self.done = comment.end as usize;
    }

    /// Starts a line for what is at `at` in the source, after a blank line if there is one.
    pub(super) fn start_line(&mut self, at: usize, indent: usize) {
        self.end_line();
        let gap = self.source.get(self.done.min(at)..at).unwrap_or_default();
        let blanks = &gap[gap.trim_end_matches([' ', '\t', '\n', '\r']).len()..];
        if blanks.matches('\n').count() > 1 && !self.opened {
            self.out.push('\n');
        }
        self.opened = false;
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    /// Ends the line unless that is done.
    pub(super) fn end_line(&mut self) {
        if !self.at_line_start() {
            self.out.push('\n');
        }
        self.commented = false;
    }

    pub(super) fn at_line_start(&self) -> bool {
        self.out.is_empty() || self.out.ends_with('\n')
    }

    /// Appends a token that stands in the source up to `end`.
    pub(super) fn token(&mut self, token: &str, end: usize) {
        self.out.push_str(token);
        self.done = self.done.max(end);
        self.block = None;
    }

    /// Says that a block scalar was printed whose lines start at a column.
    pub(super) fn block(&mut self, column: usize) {
        self.block = Some(column);
        self.commented = false;
    }

    pub(super) fn column(&self, at: usize) -> usize {
        let line = self.source[..at].rfind('\n').map_or(0, |at| at + 1);
        self.source[line..at].trim_start_matches('\u{feff}').chars().count()
    }

    fn is_own_line(&self, comment: Span) -> bool {
        let start = comment.start as usize;
        let line = self.source[..start].rfind('\n').map_or(0, |at| at + 1);
        self.source[line..start].trim_start_matches('\u{feff}').trim().is_empty()
    }
}
