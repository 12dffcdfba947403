//! A difference of trees as text for a terminal and as Markdown for a pull request.

use super::{Change, FileDiff, ObjectDiff, Status, TreeDiff};
use serde_json::Value;
use std::fmt::Write;

/// Longest value that is shown whole.
const SHOWN: usize = 80;

/// Most fields shown of one object in Markdown, since a pull request comment has an end.
const FIELDS: usize = 40;

/// Text for people. With `color`, what came is green and what went is red.
pub fn text(diff: &TreeDiff, color: bool) -> String {
    let paint = |code: &str, text: String| if color { format!("\x1b[{code}m{text}\x1b[0m") } else { text };
    let mut out = String::new();
    for file in &diff.files {
        let line = match file.status {
            Status::Added => paint("32", format!("+ {}", file.path)),
            Status::Removed => paint("31", format!("- {}", file.path)),
            Status::Changed => format!("~ {}", file.path),
        };
        let note = if file.layout_only { "  (comments or layout only)" } else { "" };
        let _ = writeln!(out, "{line}{note}");
        if file.status != Status::Changed {
            continue;
        }
        for object in &file.objects {
            let line = match object.status {
                Status::Added => paint("32", format!("    + {}", object.object)),
                Status::Removed => paint("31", format!("    - {}", object.object)),
                Status::Changed => format!("    {}", object.object),
            };
            let _ = writeln!(out, "{line}");
            for change in &object.changes {
                let _ = writeln!(out, "        {}", change.path);
                if let Some(before) = &change.before {
                    let _ = writeln!(out, "{}", paint("31", format!("          - {}", shown(before))));
                }
                if let Some(after) = &change.after {
                    let _ = writeln!(out, "{}", paint("32", format!("          + {}", shown(after))));
                }
            }
        }
    }
    let _ = writeln!(out, "{}", summary(diff));
    out
}

/// Markdown: a summary, then a folded section for each file.
pub fn markdown(diff: &TreeDiff) -> String {
    let mut out = format!("### Compiled output\n\n{}\n", summary(diff));
    for file in &diff.files {
        let _ = write!(
            out,
            "\n<details><summary>{} <code>{}</code></summary>\n\n",
            sign(file),
            escape(&file.path)
        );
        if file.layout_only {
            out.push_str("Comments or layout only.\n");
        }
        for object in &file.objects {
            section(&mut out, object);
        }
        out.push_str("\n</details>\n");
    }
    out
}

fn section(out: &mut String, object: &ObjectDiff) {
    let what = match object.status {
        Status::Added => "added",
        Status::Removed => "removed",
        Status::Changed => "changed",
    };
    let _ = writeln!(out, "**{}** {what}\n", escape(&object.object));
    if object.changes.is_empty() {
        return;
    }
    out.push_str("| field | before | after |\n| --- | --- | --- |\n");
    for Change { path, before, after } in object.changes.iter().take(FIELDS) {
        let cell = |value: &Option<Value>| value.as_ref().map_or_else(String::new, |it| code(&shown(it)));
        let _ = writeln!(out, "| {} | {} | {} |", code(path), cell(before), cell(after));
    }
    if object.changes.len() > FIELDS {
        let _ = writeln!(out, "\n… and {} more fields", object.changes.len() - FIELDS);
    }
    out.push('\n');
}

fn sign(file: &FileDiff) -> &'static str {
    match file.status {
        Status::Added => "➕",
        Status::Removed => "➖",
        Status::Changed => "✏️",
    }
}

/// How many files came, went and changed.
fn summary(diff: &TreeDiff) -> String {
    let count = |status| diff.files.iter().filter(|it| it.status == status).count();
    if diff.is_empty() {
        return "no differences".into();
    }
    format!(
        "{} changed, {} added, {} removed",
        count(Status::Changed),
        count(Status::Added),
        count(Status::Removed)
    )
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > SHOWN {
        text.chars().take(SHOWN - 1).chain("…".chars()).collect()
    } else {
        text
    }
}

/// Inline code that may hold back-ticks and stands in a table.
fn code(text: &str) -> String {
    let text = text.replace('|', "\\|").replace('\n', " ");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
