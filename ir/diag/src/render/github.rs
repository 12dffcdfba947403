//! Workflow commands of GitHub Actions, one a line, which GitHub shows as annotations in the files of a pull request.
//!
//! GitHub drops annotations past ten of a kind in a step, without a word. So errors come first, each kind stops at ten, and a last notice,
//! one of the ten, counts what is left out. Columns are given only within one line: GitHub ignores them otherwise.

use super::sources::Sources;
use super::summary::{count, counted};
use super::{plain, visible};
use crate::{Diagnostic, Severity};
use std::fmt::Write as _;

/// Annotations of one kind that GitHub shows for a step.
const LIMIT: usize = 10;

/// Writes the commands.
pub(super) fn github(diagnostics: &[Diagnostic], sources: &Sources<'_>) -> String {
    let kinds = [Severity::Error, Severity::Warning, Severity::Note];
    let counts = kinds.map(|severity| (severity, count(diagnostics, severity)));
    let overflows = counts.iter().any(|(_, count)| *count > LIMIT);
    let mut out = String::new();
    let mut left_out = Vec::new();
    for (severity, count) in counts {
        let reserved = usize::from(overflows && severity == Severity::Note);
        let shown = count.min(LIMIT - reserved);
        let of_kind = diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity);
        for diagnostic in of_kind.take(shown) {
            command(&mut out, diagnostic, sources);
        }
        if count > shown {
            left_out.push(counted(count - shown, severity.as_str()));
        }
    }
    if overflows {
        let text = format!(
            "not annotated: {}; GitHub shows {LIMIT} annotations of a kind in a step, `--format concise` lists all findings",
            left_out.join(", ")
        );
        let _ = writeln!(out, "::notice title=catalystc::{}", escape_data(&text));
    }
    out
}

/// Appends the command of one finding. Writing to a string cannot fail.
fn command(out: &mut String, diagnostic: &Diagnostic, sources: &Sources<'_>) {
    let kind = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let title = escape_property(diagnostic.rule.name);
    let file = escape_property(&visible::line(diagnostic.primary.place.file.as_str()));
    let _ = write!(out, "::{kind} title={title},file={file}");
    if let Some(region) = sources.region(&diagnostic.primary.place) {
        let (start, end) = (region.start, region.end);
        let _ = write!(out, ",line={},endLine={}", start.line, end.line);
        if start.line == end.line {
            let _ = write!(out, ",col={},endColumn={}", start.column, end.column);
        }
    }
    let mut message = visible::line(&diagnostic.message);
    let details = plain::details(diagnostic, sources);
    if !details.is_empty() {
        message.push('\n');
        message.push_str(&details);
    }
    let _ = writeln!(out, "::{}", escape_data(&message));
}

/// The text after the second `::`.
fn escape_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property.
fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests;
