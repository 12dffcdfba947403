//! The parts of a finding beyond its headline as plain lines, for formats that have one field of text.

use super::sources::Sources;
use super::visible;
use crate::{Diagnostic, Label};

/// Labels, notes, help and the fix, one line or more each; empty when there are none. Ends without a line break.
pub(super) fn details(diagnostic: &Diagnostic, sources: &Sources<'_>) -> String {
    let mut lines = Vec::new();
    if !diagnostic.primary.text.is_empty() {
        lines.push(visible::line(&diagnostic.primary.text));
    }
    for label in &diagnostic.others {
        let text = visible::line(&label.text);
        let between = if text.is_empty() { "" } else { ": " };
        lines.push(format!("{}{between}{text}", position(label, sources)));
    }
    lines.extend(diagnostic.notes.iter().map(|note| format!("note: {}", visible::block(note))));
    lines.extend(advice(diagnostic).map(|help| format!("help: {}", visible::block(help))));
    lines.join("\n")
}

/// The help texts and the title of the fix, unless a help text says the same already.
pub(super) fn advice(diagnostic: &Diagnostic) -> impl Iterator<Item = &str> {
    let title = diagnostic.fix.as_ref().map(|fix| &fix.title);
    let title = title.filter(|title| !diagnostic.help.contains(title));
    diagnostic.help.iter().chain(title).map(String::as_str)
}

/// `path:line:column`, or the path alone where there is no more to know.
pub(super) fn position(label: &Label, sources: &Sources<'_>) -> String {
    let path = visible::line(label.place.file.as_str());
    match sources.region(&label.place) {
        Some(region) => format!("{path}:{}:{}", region.start.line, region.start.column),
        None => path,
    }
}
