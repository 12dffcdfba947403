//! One line a finding: `path:line:column: severity[rule] message`. A finding about a whole file stands at 1:1, so that every line has the
//! same form for the programs that read it.

use super::sources::Sources;
use super::{Options, visible};
use crate::{Diagnostic, Severity};
use annotate_snippets::renderer::{DEFAULT_ERROR_STYLE, DEFAULT_NOTE_STYLE, DEFAULT_WARNING_STYLE, Style};
use std::fmt::Write as _;

/// Writes the lines.
pub(super) fn concise(diagnostics: &[Diagnostic], sources: &Sources<'_>, options: &Options<'_>) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let place = &diagnostic.primary.place;
        let path = visible::line(place.file.as_str());
        let (line, column) =
            sources.region(place).map_or((1, 1), |region| (region.start.line, region.start.column));
        let style = if options.color { style(diagnostic.severity) } else { Style::new() };
        let severity = diagnostic.severity.as_str();
        let rule = diagnostic.rule.name;
        let message = visible::line(&diagnostic.message);
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{path}:{line}:{column}: {style}{severity}[{rule}]{style:#} {message}");
    }
    out
}

fn style(severity: Severity) -> Style {
    match severity {
        Severity::Error => DEFAULT_ERROR_STYLE,
        Severity::Warning => DEFAULT_WARNING_STYLE,
        Severity::Note => DEFAULT_NOTE_STYLE,
    }
}

#[cfg(test)]
mod tests;
