//! A log in SARIF 2.1.0 (OASIS), for code scanning of GitHub and others: own structs for the few properties in use, in a fixed order.
//!
//! The log describes the rules that it has results of. A whole file is given its first line, because GitHub demands one. The edits of a
//! fix are not written: they speak of nodes, those of SARIF of text.

use super::fingerprint::Fingerprints;
use super::sources::{Region, Sources};
use super::{json, plain, visible};
use crate::{At, Diagnostic, Label, Level, Place, RULES, Rule, Severity};
use serde::Serialize;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const HOME: &str = env!("CARGO_PKG_REPOSITORY");

/// Writes the log.
pub(super) fn sarif(diagnostics: &[Diagnostic], sources: &Sources<'_>, tool_version: &str) -> String {
    let used: Vec<&'static Rule> =
        RULES.iter().copied().filter(|rule| diagnostics.iter().any(|found| found.rule == *rule)).collect();
    let mut fingerprints = Fingerprints::default();
    let results = diagnostics.iter().map(|diagnostic| Outcome {
        rule_id: diagnostic.rule.name,
        rule_index: used.iter().position(|rule| *rule == diagnostic.rule),
        level: word(diagnostic.severity),
        message: Message { text: text(diagnostic, sources) },
        locations: vec![Location::new(&diagnostic.primary, None, sources)],
        related_locations: (0u32..)
            .zip(&diagnostic.others)
            .map(|(id, label)| Location::new(label, Some(id), sources))
            .collect(),
        partial_fingerprints: Prints { catalystc: fingerprints.next(diagnostic) },
    });
    let run = Run {
        tool: Tool {
            driver: Driver {
                name: "catalystc",
                version: tool_version,
                information_uri: HOME,
                rules: used.iter().map(|rule| Descriptor::new(rule)).collect(),
            },
        },
        results: results.collect(),
        column_kind: "unicodeCodePoints",
    };
    json::pretty(&Log { schema: SCHEMA, version: "2.1.0", runs: [run] })
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// Headline and details.
fn text(diagnostic: &Diagnostic, sources: &Sources<'_>) -> String {
    let headline = visible::line(&diagnostic.message);
    let details = plain::details(diagnostic, sources);
    if details.is_empty() { headline } else { format!("{headline}\n{details}") }
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    results: Vec<Outcome>,
    column_kind: &'static str,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    version: &'a str,
    information_uri: &'static str,
    rules: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    short_description: Message,
    help: Message,
    help_uri: String,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Configuration {
    enabled: bool,
    level: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    rule_id: &'static str,
    /// Absent for a rule that is not in the registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Message,
    locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: Prints,
}

#[derive(Serialize)]
struct Prints {
    #[serde(rename = "catalystc/v1")]
    catalystc: String,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u32>,
    physical_location: Physical,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<Logical>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: RegionOut,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RegionOut {
    start_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    fully_qualified_name: String,
}

impl Descriptor {
    fn new(rule: &Rule) -> Self {
        Descriptor {
            id: rule.name,
            short_description: Message { text: rule.summary.to_owned() },
            help: Message {
                text: format!(
                    "This rule asks that {}. `catalystc explain {}` tells more.",
                    rule.summary, rule.name
                ),
            },
            help_uri: format!("{HOME}/blob/main/docs/src/rules/{}.md", rule.name),
            default_configuration: Configuration {
                enabled: rule.level != Level::Allow,
                level: word(rule.level.severity()),
            },
        }
    }
}

impl Location {
    fn new(Label { place, text }: &Label, id: Option<u32>, sources: &Sources<'_>) -> Self {
        // The cause's label is part of the result's message.
        let message = (id.is_some() && !text.is_empty()).then(|| Message { text: visible::line(text) });
        Location {
            id,
            physical_location: Physical {
                artifact_location: Artifact { uri: uri(place.file.as_str()) },
                region: RegionOut::new(sources.region(place)),
            },
            logical_locations: logical(place).into_iter().collect(),
            message,
        }
    }
}

impl RegionOut {
    fn new(region: Option<Region>) -> Self {
        RegionOut {
            start_line: region.map_or(1, |region| region.start.line),
            start_column: region.map(|region| region.start.column),
            end_line: region.map(|region| region.end.line),
            end_column: region.map(|region| region.end.column),
        }
    }
}

/// The key path, which outlives changes of lines.
fn logical(place: &Place) -> Option<Logical> {
    match &place.at {
        At::Node { path, .. } if !path.is_root() => Some(Logical { fully_qualified_name: path.to_string() }),
        _ => None,
    }
}

/// A path as a relative URI reference: whatever is not unreserved (RFC 3986) is encoded, so that no colon looks like a scheme.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests;
