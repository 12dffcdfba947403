//! A Code Quality report of GitLab: a list of findings, which GitLab compares with those of the target branch by their fingerprints.

use super::fingerprint::Fingerprints;
use super::sources::Sources;
use super::{json, visible};
use crate::{Diagnostic, Severity};
use serde::Serialize;

/// Writes the report.
pub(super) fn gitlab(diagnostics: &[Diagnostic], sources: &Sources<'_>) -> String {
    let mut fingerprints = Fingerprints::default();
    let issue = |diagnostic| Issue::new(diagnostic, fingerprints.next(diagnostic), sources);
    json::pretty(&diagnostics.iter().map(issue).collect::<Vec<_>>())
}

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

/// Lines from 1, both inclusive. GitLab demands a line, so a whole file is given its first.
#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

impl<'a> Issue<'a> {
    fn new(diagnostic: &'a Diagnostic, fingerprint: String, sources: &Sources<'_>) -> Self {
        let place = &diagnostic.primary.place;
        let (begin, end) =
            sources.region(place).map_or((1, 1), |region| (region.start.line, region.end.line));
        Issue {
            description: visible::line(&diagnostic.message),
            check_name: diagnostic.rule.name,
            fingerprint,
            // Of GitLab's five words, `critical` and `blocker` stay free for what a linter cannot know.
            severity: match diagnostic.severity {
                Severity::Error => "major",
                Severity::Warning => "minor",
                Severity::Note => "info",
            },
            location: Location { path: place.file.as_str(), lines: Lines { begin, end } },
        }
    }
}

#[cfg(test)]
mod tests;
