//! Text before it is Markdown or HTML.

/// A piece of a line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Span {
    /// Plain text.
    Text(String),
    /// Code.
    Code(String),
    /// A link to the page of a Blueprint: id and text.
    Page(String, String),
    /// A link to an address.
    Address(String),
}

/// A line or a cell.
pub(crate) type Line = Vec<Span>;

/// A part of a page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Block {
    /// A heading of a part.
    Heading(&'static str),
    /// A paragraph.
    Paragraph(Line),
    /// Columns under headings.
    Table(Vec<&'static str>, Vec<Vec<Line>>),
    /// Names with what belongs to them.
    Facts(Vec<(&'static str, Line)>),
}

pub(crate) fn text(text: impl Into<String>) -> Line {
    vec![Span::Text(text.into())]
}

pub(crate) fn code(text: impl Into<String>) -> Line {
    vec![Span::Code(text.into())]
}

/// Code where there is text, nothing else.
pub(crate) fn code_or_empty(text: &str) -> Line {
    if text.is_empty() { Line::new() } else { code(text) }
}

/// Lines in one, commas between.
pub(crate) fn joined(lines: impl IntoIterator<Item = Line>) -> Line {
    let mut out = Line::new();
    for line in lines {
        if !out.is_empty() {
            out.push(Span::Text(", ".to_owned()));
        }
        out.extend(line);
    }
    out
}

/// An expression without the braces around it.
pub(crate) fn condition(when: &str) -> &str {
    let inner = when.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    inner.filter(|inner| !inner.contains("{{")).map_or(when, str::trim)
}
