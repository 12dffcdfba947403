use crate::Span;

/// A position as people count: both from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineCol {
    /// Line, from 1.
    pub line: u32,
    /// Column in Unicode scalar values, from 1.
    pub column: u32,
}

/// Where each line of a text starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Reads the text once.
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.bytes().enumerate().filter(|&(_, b)| b == b'\n').map(|(at, _)| at as u32 + 1));
        LineIndex { starts }
    }

    /// Number of lines; a text that ends in a newline has an empty last line.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Never true: an empty text has one empty line.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Line and column of a byte offset in `text`, which must be the text the index was made from.
    pub fn line_col(&self, text: &str, offset: u32) -> LineCol {
        let offset = offset.min(text.len() as u32);
        let line = self.starts.partition_point(|&start| start <= offset) - 1;
        let start = self.starts[line] as usize;
        let column = text.get(start..offset as usize).map_or(0, |s| s.chars().count());
        LineCol { line: line as u32 + 1, column: column as u32 + 1 }
    }

    /// Bytes of a line (from 1) without its line break.
    pub fn line_span(&self, text: &str, line: u32) -> Span {
        let at = (line as usize).saturating_sub(1).min(self.starts.len() - 1);
        let start = self.starts[at] as usize;
        let end = self.starts.get(at + 1).map_or(text.len(), |&next| next as usize);
        let trimmed = text[start..end].trim_end_matches(['\n', '\r']).len();
        Span::new(start, start + trimmed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters_not_bytes() {
        let text = "añb\nç\n";
        let index = LineIndex::new(text);
        assert_eq!(index.line_col(text, 3), LineCol { line: 1, column: 3 });
        assert_eq!(index.line_col(text, 5), LineCol { line: 2, column: 1 });
        assert_eq!(index.line_col(text, 999), LineCol { line: 3, column: 1 });
        assert_eq!(index.line_span(text, 2), Span::new(5, 7));
    }

    #[test]
    fn carriage_returns_are_no_part_of_a_line() {
        let text = "a\r\nb";
        assert_eq!(LineIndex::new(text).line_span(text, 1), Span::new(0, 1));
    }
}
