//! The files that findings speak of, each read and indexed once, and the regions that places stand for.

use crate::{At, Diagnostic, Label, Locate, Place};
use catalyst_source::{LineCol, LineIndex, Span, TreePath};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The texts of one rendering.
pub(super) struct Sources<'a> {
    locate: &'a dyn Locate,
    files: BTreeMap<&'a TreePath, File>,
}

/// A text and where its lines start.
pub(super) struct File {
    /// The text.
    pub(super) text: Arc<str>,
    /// Its lines.
    pub(super) index: LineIndex,
}

/// A stretch of a text as people count, the end exclusive. Starts and ends between characters, on lines that an editor shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Region {
    /// Where it starts.
    pub(super) start: LineCol,
    /// One past the last character.
    pub(super) end: LineCol,
}

impl<'a> Sources<'a> {
    /// Reads the files that findings and their fixes name.
    pub(super) fn new(diagnostics: &'a [Diagnostic], locate: &'a dyn Locate) -> Self {
        let mut files = BTreeMap::new();
        for place in diagnostics.iter().flat_map(places) {
            if !files.contains_key(&place.file)
                && let Some(text) = locate.text(&place.file)
            {
                files.insert(&place.file, File { index: LineIndex::new(&text), text });
            }
        }
        Sources { locate, files }
    }

    /// The file, when it has a text.
    pub(super) fn file(&self, path: &TreePath) -> Option<&File> {
        self.files.get(path)
    }

    /// What a place stands for; `None` for a whole file, a file without text and a place that nobody can find.
    pub(super) fn region(&self, place: &Place) -> Option<Region> {
        if place.at == At::File {
            return None;
        }
        let File { text, index } = self.file(&place.file)?;
        let span = tidy(text, self.locate.span(place)?);
        Some(Region { start: index.line_col(text, span.start), end: index.line_col(text, span.end) })
    }
}

/// The places a finding names, with those of its fix.
fn places(diagnostic: &Diagnostic) -> impl Iterator<Item = &Place> {
    let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.others);
    let edits = diagnostic.fix.iter().flat_map(|fix| &fix.edits);
    labels.map(|Label { place, .. }| place).chain(edits.map(|edit| &edit.place))
}

/// Brings a span into the text and onto lines that exist for a reader: a block value does not reach into the line after it, and the end of
/// the file is the place after its last visible character.
fn tidy(text: &str, span: Span) -> Span {
    let start = text.floor_char_boundary(span.start as usize);
    let end = text.ceil_char_boundary(span.end as usize).max(start);
    let kept = text[start..end].trim_end();
    if kept.len() < end - start && text[start + kept.len()..end].contains('\n') {
        return Span::new(start, start + kept.len());
    }
    let visible = text.trim_end().len();
    if start == text.len() && text[visible..].contains('\n') {
        return Span::new(visible, visible);
    }
    Span::new(start, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_come_to_stand_on_lines_that_exist() {
        let tidied = |text: &str, start, end| {
            let span = tidy(text, Span::new(start, end));
            (span.start, span.end)
        };
        assert_eq!(tidied("a: |\n  x\nb", 3, 9), (3, 8), "a block value ends on its own last line");
        assert_eq!(tidied("a: 1  \n", 4, 6), (4, 6), "white space within a line may be the cause");
        assert_eq!(tidied("a: 1\n\n\n", 7, 7), (4, 4), "the end of the file");
        assert_eq!(tidied("a: 1\n", 99, 200), (4, 4), "past the end");
        assert_eq!(tidied("a: 1\n", 4, 5), (4, 4), "a line break");
        assert_eq!(tidied("", 0, 0), (0, 0));
        assert_eq!(tidied("\n\n", 2, 2), (0, 0));
        assert_eq!(tidied("é: ü", 1, 5), (0, 6), "within characters");
    }
}
