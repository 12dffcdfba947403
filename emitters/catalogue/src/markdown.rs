//! Blocks as Markdown.

use crate::blocks::{Block, Line, Span};
use crate::value::Entry;
use crate::{MARK, page};
use std::fmt::Write;

/// The page of one Blueprint, in the folder `blueprints`.
pub(crate) fn page(entry: &Entry) -> String {
    let mut out = format!("<!-- {MARK} -->\n\n# {}\n\n", plain(&entry.title));
    for block in page::page(entry) {
        print(&block, &mut out);
    }
    out.push_str("[All Blueprints](../README.md)\n");
    out
}

fn print(block: &Block, out: &mut String) {
    // A text that is there can be written to.
    let _ = match block {
        Block::Heading(text) => write!(out, "## {text}\n\n"),
        Block::Paragraph(parts) => write!(out, "{}\n\n", line(parts)),
        Block::Table(columns, rows) => {
            let rule = "|---".repeat(columns.len());
            let _ = writeln!(out, "| {} |\n{rule}|", columns.join(" | "));
            for row in rows {
                let cells: Vec<String> = row.iter().map(line).collect();
                let _ = writeln!(out, "| {} |", cells.join(" | "));
            }
            writeln!(out)
        }
        Block::Facts(facts) => {
            let _ = writeln!(out, "| | |\n|---|---|");
            for (name, parts) in facts {
                let _ = writeln!(out, "| {name} | {} |", line(parts));
            }
            writeln!(out)
        }
    };
}

fn line(parts: &Line) -> String {
    parts.iter().map(span).collect()
}

fn span(part: &Span) -> String {
    match part {
        Span::Text(text) => plain(text),
        Span::Code(text) => code(text),
        Span::Page(id, text) => format!("[{}]({id}.md)", code(text)),
        Span::Address(address) => format!("<{address}>"),
    }
}

/// Text that no Markdown reader takes for markup, on one line.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // A space at either end stays: the text may be a piece of a line.
    for char in text.split(char::is_whitespace).collect::<Vec<_>>().join(" ").chars() {
        if char == ' ' && out.ends_with(' ') {
            continue;
        }
        if matches!(char, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~') {
            out.push('\\');
        }
        out.push(char);
    }
    out
}

/// Code on one line, in as many backticks as it needs. A `|` would end the cell it may stand in.
pub(crate) fn code(text: impl AsRef<str>) -> String {
    let text = text.as_ref().split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{ticks}{space}{text}{space}{ticks}")
}
