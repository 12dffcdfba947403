//! The part of Markdown that suites are made of: headings, fenced blocks and lines of prose, each with its line.

use std::ops::Range;

/// A piece of a document.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// A heading.
    Heading {
        /// How deep, from 1.
        level: usize,
        /// Its text.
        title: &'t str,
    },
    /// A fenced block.
    Block {
        /// What stands after the opening fence.
        info: &'t str,
        /// The bytes between the fences.
        body: Range<usize>,
        /// Whether the closing fence is there.
        closed: bool,
    },
    /// Any other line that is not blank.
    Line(&'t str),
}

/// The pieces of a document, each with its line from 1.
pub(super) fn pieces(text: &str) -> Vec<(usize, Piece<'_>)> {
    let mut out = Vec::new();
    let mut at = 0;
    let mut lines = text.split_inclusive('\n').enumerate().map(|(index, line)| {
        at += line.len();
        (index + 1, line.trim_end(), at)
    });
    while let Some((number, line, end)) = lines.next() {
        let ticks = line.bytes().take_while(|it| *it == b'`').count();
        let hashes = line.bytes().take_while(|it| *it == b'#').count();
        if ticks >= 3 && !line[ticks..].contains('`') {
            let (mut body, mut closed) = (end..end, false);
            for (_, inner, next) in lines.by_ref() {
                if inner.len() >= ticks && inner.bytes().all(|it| it == b'`') {
                    closed = true;
                    break;
                }
                body.end = next;
            }
            out.push((number, Piece::Block { info: line[ticks..].trim(), body, closed }));
        } else if (1..=6).contains(&hashes) && line[hashes..].starts_with(' ') {
            out.push((number, Piece::Heading { level: hashes, title: line[hashes..].trim() }));
        } else if !line.is_empty() {
            out.push((number, Piece::Line(line)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Piece, pieces};

    #[test]
    fn headings_blocks_and_lines() {
        let text = "# One\n\nprose\n\n````yaml a\n```\n# no heading\n````\n#none\n``` open\nrest";
        let found = pieces(text);
        let body = |range: &std::ops::Range<usize>| text[range.clone()].to_owned();
        let Piece::Block { info: "yaml a", body: first, closed: true } = &found[2].1 else {
            panic!("{found:?}")
        };
        assert_eq!(body(first), "```\n# no heading\n");
        let Piece::Block { info: "open", body: last, closed: false } = &found[4].1 else {
            panic!("{found:?}")
        };
        assert_eq!(body(last), "rest");
        assert_eq!(found[0], (1, Piece::Heading { level: 1, title: "One" }));
        assert_eq!(found[1], (3, Piece::Line("prose")));
        assert_eq!(found[3], (9, Piece::Line("#none")));
    }
}
