//! The forms for programs: one JSON document, or one a line.
//!
//! Schema, version 1. `json` is an object of `version`, `diagnostics` (a list of findings) and `summary` (numbers of `errors`, `warnings`
//! and `notes`). `jsonl` is a finding a line, each with its own `version`, without a summary. Lines and columns count from 1, columns in
//! Unicode scalar values, ends are exclusive; all four are `null` where the place is a whole file. `labels` starts with the cause.
//! Fields may be added within a version; a field that changes or goes away makes a new one.

use super::sources::Sources;
use super::summary::count;
use super::visible::is_hidden;
use crate::{At, Diagnostic, Edit, EditAction, Fix, Label, Part, Place, Severity};
use serde::Serialize;
use serde_json::Value;

/// The version of the schema.
const VERSION: u32 = 1;

/// One document.
pub(super) fn json(diagnostics: &[Diagnostic], sources: &Sources<'_>) -> String {
    let report = Report {
        version: VERSION,
        diagnostics: diagnostics.iter().map(|diagnostic| Finding::new(diagnostic, sources)).collect(),
        summary: Summary {
            errors: count(diagnostics, Severity::Error),
            warnings: count(diagnostics, Severity::Warning),
            notes: count(diagnostics, Severity::Note),
        },
    };
    pretty(&report)
}

/// One document a line.
pub(super) fn jsonl(diagnostics: &[Diagnostic], sources: &Sources<'_>) -> String {
    let lines = diagnostics.iter().map(|diagnostic| {
        let line = Line { version: VERSION, finding: Finding::new(diagnostic, sources) };
        safe(&serde_json::to_string(&line).unwrap_or_default())
    });
    lines.collect()
}

/// Indented JSON with a line break at the end. Writing the structs of the renderers cannot fail: their keys are strings.
pub(super) fn pretty(value: &impl Serialize) -> String {
    safe(&serde_json::to_string_pretty(value).unwrap_or_default())
}

/// Escapes hidden characters the JSON way, so that a report is safe to look at and loses nothing. Outside of strings there are none but
/// line breaks, which stay.
fn safe(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        if c == '\n' || !is_hidden(c) {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out.push('\n');
    out
}

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    diagnostics: Vec<Finding<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Line<'a> {
    version: u32,
    #[serde(flatten)]
    finding: Finding<'a>,
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    notes: usize,
}

#[derive(Serialize)]
struct Finding<'a> {
    rule: &'static str,
    severity: &'static str,
    message: &'a str,
    #[serde(flatten)]
    position: Position<'a>,
    labels: Vec<LabelOut<'a>>,
    notes: &'a [String],
    help: &'a [String],
    fix: Option<FixOut<'a>>,
}

/// Where in which file.
#[derive(Serialize)]
struct Position<'a> {
    file: &'a str,
    line: Option<u32>,
    column: Option<u32>,
    end_line: Option<u32>,
    end_column: Option<u32>,
}

/// Which node of the file, for places that are nodes.
#[derive(Serialize)]
struct Node {
    document: Option<u32>,
    path: Option<String>,
    part: Option<&'static str>,
}

#[derive(Serialize)]
struct LabelOut<'a> {
    primary: bool,
    #[serde(flatten)]
    position: Position<'a>,
    #[serde(flatten)]
    node: Node,
    text: &'a str,
}

#[derive(Serialize)]
struct FixOut<'a> {
    title: &'a str,
    edits: Vec<EditOut<'a>>,
}

#[derive(Serialize)]
struct EditOut<'a> {
    #[serde(flatten)]
    position: Position<'a>,
    #[serde(flatten)]
    node: Node,
    #[serde(flatten)]
    action: Action<'a>,
}

#[derive(Serialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
enum Action<'a> {
    SetValue { value: &'a Value },
    RenameKey { key: &'a str },
    Remove,
    Insert { key: &'a str, value: &'a Value },
    MoveFile { to: &'a str },
}

impl<'a> Finding<'a> {
    fn new(diagnostic: &'a Diagnostic, sources: &Sources<'_>) -> Self {
        let label = |primary, Label { place, text }: &'a Label| LabelOut {
            primary,
            position: Position::new(place, sources),
            node: Node::new(place),
            text,
        };
        let mut labels = vec![label(true, &diagnostic.primary)];
        labels.extend(diagnostic.others.iter().map(|other| label(false, other)));
        Finding {
            rule: diagnostic.rule.name,
            severity: diagnostic.severity.as_str(),
            message: &diagnostic.message,
            position: Position::new(&diagnostic.primary.place, sources),
            labels,
            notes: &diagnostic.notes,
            help: &diagnostic.help,
            fix: diagnostic.fix.as_ref().map(|fix| FixOut::new(fix, sources)),
        }
    }
}

impl<'a> Position<'a> {
    fn new(place: &'a Place, sources: &Sources<'_>) -> Self {
        let region = sources.region(place);
        Position {
            file: place.file.as_str(),
            line: region.map(|region| region.start.line),
            column: region.map(|region| region.start.column),
            end_line: region.map(|region| region.end.line),
            end_column: region.map(|region| region.end.column),
        }
    }
}

impl Node {
    fn new(place: &Place) -> Self {
        let At::Node { document, path, part, .. } = &place.at else {
            return Node { document: None, path: None, part: None };
        };
        let part = match part {
            Part::Key => "key",
            Part::Value => "value",
        };
        Node { document: Some(*document), path: Some(path.to_string()), part: Some(part) }
    }
}

impl<'a> FixOut<'a> {
    fn new(fix: &'a Fix, sources: &Sources<'_>) -> Self {
        let edit = |Edit { place, action }: &'a Edit| EditOut {
            position: Position::new(place, sources),
            node: Node::new(place),
            action: match action {
                EditAction::SetValue(value) => Action::SetValue { value },
                EditAction::RenameKey(key) => Action::RenameKey { key },
                EditAction::Remove => Action::Remove,
                EditAction::Insert { key, value } => Action::Insert { key, value },
                EditAction::MoveFile(to) => Action::MoveFile { to },
            },
        };
        FixOut { title: &fix.title, edits: fix.edits.iter().map(edit).collect() }
    }
}

#[cfg(test)]
mod tests;
