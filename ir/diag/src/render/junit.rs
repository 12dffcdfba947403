//! A JUnit report, the form that every CI service can show: a suite a file, a case a finding.
//!
//! Errors are failures. Warnings and notes are passing cases that say something, because a failed case stops a pipeline. A run without
//! findings has one passing case: services take a report without any for a mistake.

use super::sources::Sources;
use super::visible::is_hidden;
use super::{plain, visible};
use crate::{Diagnostic, Severity};
use catalyst_source::TreePath;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Writes the report. Writing to a string cannot fail.
pub(super) fn junit(diagnostics: &[Diagnostic], sources: &Sources<'_>) -> String {
    let mut suites: BTreeMap<&TreePath, Vec<&Diagnostic>> = BTreeMap::new();
    for diagnostic in diagnostics {
        suites.entry(&diagnostic.primary.place.file).or_default().push(diagnostic);
    }
    let cases = diagnostics.len().max(1);
    let failures = failures(diagnostics.iter());
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ =
        writeln!(out, r#"<testsuites name="catalystc" tests="{cases}" failures="{failures}" errors="0">"#);
    if suites.is_empty() {
        out.push_str("  <testsuite name=\"catalystc\" tests=\"1\" failures=\"0\" errors=\"0\">\n");
        out.push_str("    <testcase name=\"no findings\" classname=\"catalystc\"/>\n  </testsuite>\n");
    }
    for (file, findings) in suites {
        let file = escape(file.as_str());
        let (tests, failures) = (findings.len(), self::failures(findings.iter().copied()));
        let _ =
            writeln!(out, r#"  <testsuite name="{file}" tests="{tests}" failures="{failures}" errors="0">"#);
        for diagnostic in findings {
            case(&mut out, &file, diagnostic, sources);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn failures<'a>(diagnostics: impl Iterator<Item = &'a Diagnostic>) -> usize {
    diagnostics.filter(|diagnostic| diagnostic.severity == Severity::Error).count()
}

fn case(out: &mut String, file: &str, diagnostic: &Diagnostic, sources: &Sources<'_>) {
    let rule = diagnostic.rule.name;
    let headline = visible::line(&diagnostic.message);
    let mut text = format!("{}: {headline}", plain::position(&diagnostic.primary, sources));
    let details = plain::details(diagnostic, sources);
    if !details.is_empty() {
        text.push('\n');
        text.push_str(&details);
    }
    let (message, text) = (escape(&headline), escape(&text));
    let line = sources.region(&diagnostic.primary.place).map(|region| region.start.line);
    let line = line.map(|line| format!(r#" line="{line}""#)).unwrap_or_default();
    let _ = writeln!(out, r#"    <testcase name="{rule}" classname="{file}" file="{file}"{line}>"#);
    let severity = diagnostic.severity.as_str();
    let _ = match diagnostic.severity {
        Severity::Error => {
            writeln!(out, r#"      <failure type="{rule}" message="{message}">{text}</failure>"#)
        }
        _ => writeln!(out, "      <system-out>{severity}[{rule}] {text}</system-out>"),
    };
    out.push_str("    </testcase>\n");
}

/// Text for an attribute or an element. What XML 1.0 cannot hold is taken out, what hides becomes a character reference.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' => out.push('\n'),
            '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            c if is_hidden(c) => out.push_str(&format!("&#x{:x};", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
