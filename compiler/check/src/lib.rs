//! Rules over the program, one file a rule.
//!
//! A rule is a function that looks at one kind of subject and adds what it finds: all intent, one document, or one Sovereign with its plan
//! and its emitted objects. Rules need no charts: releases are checked against the interfaces of their Blueprints. Every finding points at
//! intent, never at output, and says what to do. What earlier phases report is not said again.

mod apis;
mod drawing;
mod facts;
mod hosts;
mod origin;
mod parts;
mod references;
mod requirements;
mod rules;
mod template;
#[cfg(test)]
mod testing;
mod units;
mod walk;

pub use apis::served_apis;
use catalyst_diag::{Diagnostic, Place};
use catalyst_model::{ChartCase, Deferred};
use catalyst_plan::{ChartFacts, EmittedTree, Index, Plan, Resolution, SovereignIntent};
use catalyst_source::{KeyPath, TreePath};
pub use drawing::{DrawingCall, drawing_call};
pub(crate) use facts::Facts;
pub use hosts::{Hosts, Verdict};
pub use rules::hollow_chart::{is_accessory, is_without_workload};
pub use rules::unavailable_function::{Unavailable, unavailable_functions, unavailable_message};
use std::collections::BTreeSet;

/// One Sovereign with all that is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// All intent.
    pub index: &'a Index,
    /// Its own intent.
    pub sovereign: &'a SovereignIntent,
    /// Its plan.
    pub plan: &'a Plan,
    /// Its resolution.
    pub resolution: &'a Resolution,
    /// The objects that are emitted for it.
    pub tree: &'a EmittedTree,
}

/// One document as it was written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'a> {
    file: &'a TreePath,
    value: &'a serde_json::Value,
    document: u32,
    kind: &'a str,
}

impl Text<'_> {
    /// The place of a node.
    fn place(&self, path: KeyPath) -> Place {
        Place::value(self.file, self.document, path)
    }
}

/// A chart of a Blueprint as it stands in the project, before anything is rendered.
#[derive(Debug, Clone, Copy)]
pub struct ChartSubject<'a> {
    /// What its `Chart.yaml` says.
    pub facts: &'a ChartFacts,
    /// Its `values.yaml`, with the file.
    pub values: Option<(&'a TreePath, &'a serde_json::Value)>,
    /// What its Blueprint hands to it, `manifests.values`, with the place.
    pub handed: Option<(&'a Place, &'a serde_json::Value)>,
    /// `Chart.yaml` and `values.yaml` as they are written.
    pub texts: &'a [(&'a TreePath, &'a str)],
    /// Its own templates, with their files.
    pub templates: &'a [(&'a TreePath, &'a str)],
    /// The cases in `tests/`.
    pub cases: &'a [&'a ChartCase],
    /// What its Blueprint leaves to the cluster.
    pub deferred: &'a [Deferred],
    /// The targets that it has to render in, by name, with the Helm of each.
    pub helms: &'a [(String, [u32; 3])],
}

impl<'a> ChartSubject<'a> {
    /// Its values and what its Blueprint hands to it, each with the place.
    pub(crate) fn trees(&self) -> impl Iterator<Item = (Place, &'a serde_json::Value)> + use<'a> {
        let own = self.values.map(|(file, values)| (Place::value(file, 0, KeyPath::root()), values));
        own.into_iter().chain(self.handed.map(|(place, values)| (place.clone(), values)))
    }
}

/// Rules over one chart.
pub fn check_chart(subject: &ChartSubject<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    rules::CHART.iter().for_each(|rule| rule(subject, &mut out));
    out
}

/// Rules over all intent, independent of any one Sovereign's plan.
pub fn check_project(index: &Index) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    rules::PROJECT.iter().for_each(|rule| rule(index, &mut out));
    out
}

/// Rules over one Sovereign.
pub fn check_sovereign(subject: &Subject<'_>) -> Vec<Diagnostic> {
    check(&Facts::new(*subject))
}

/// Rules over one Sovereign, and the externs of the project that it uses. Does half the work of asking for them one after the other.
pub fn check_with_externs(subject: &Subject<'_>) -> (Vec<Diagnostic>, BTreeSet<usize>) {
    let facts = Facts::new(*subject);
    (check(&facts), rules::unused_extern::used(&facts))
}

/// Rules over one Sovereign with the objects of its charts in the tree.
pub fn check_rendered(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let facts = Facts::new(*subject);
    let mut out = Vec::new();
    if !is_kit_broken(subject.index) {
        rules::RENDERED.iter().for_each(|rule| rule(&facts, &mut out));
    }
    out
}

fn check(facts: &Facts<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    rules::SOVEREIGN.iter().for_each(|rule| rule(facts, &mut out));
    if !is_kit_broken(facts.subject.index) {
        rules::CLUSTERS.iter().for_each(|rule| rule(facts, &mut out));
    }
    out
}

/// Whether the kit or a Blueprint of one of its slots is there and cannot be read, which has been reported.
fn is_kit_broken(index: &Index) -> bool {
    match &index.kit {
        None => index.broken.iter().any(|(kind, _)| kind == "Kit"),
        Some(kit) => kit
            .spec
            .slots
            .iter()
            .any(|slot| index.broken.contains(&("Blueprint".to_owned(), slot.blueprint.to_string()))),
    }
}

/// Rules over one document.
pub fn check_text(file: &TreePath, value: &serde_json::Value, document: u32, kind: &str) -> Vec<Diagnostic> {
    let text = Text { file, value, document, kind };
    let mut out = Vec::new();
    rules::TEXT.iter().for_each(|rule| rule(&text, &mut out));
    out
}

/// Externs of the project that a Sovereign uses, by position.
pub fn used_externs(subject: &Subject<'_>) -> BTreeSet<usize> {
    rules::unused_extern::used(&Facts::new(*subject))
}

/// Externs that no Sovereign uses.
pub fn unused_externs(index: &Index, used: &BTreeSet<usize>) -> Vec<Diagnostic> {
    rules::unused_extern::check(index, used)
}

#[cfg(test)]
mod tests {
    use super::check_text;
    use serde_json::{Value, json};

    /// Rules cut texts into pieces; none of these may make them cut inside a character, or never end.
    #[test]
    fn hostile_texts_do_no_harm() {
        let pieces = [
            "→",
            "é",
            "\u{0}",
            "openova.io",
            "://",
            "@",
            "$",
            "${",
            "$${",
            "}",
            "{{",
            "admin.",
            "-----BEGIN ",
            "ghp_",
            "eyJ",
            ".",
            "_PLACEHOLDER",
            "tenant",
            "application template",
            "\u{202e}",
            "A",
            "0",
            " ",
            "\n",
        ];
        let mut state = 7_u64;
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..6 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
            }
            let tree =
                json!({ "description": text, "password": text, "host": text, "imagePullSecrets": [text] });
            let document: Value = json!({ "spec": { "values": tree, "configSchema": { "properties": { "token": { "default": text } } }, "purpose": text } });
            check_text(&crate::testing::path("x.yaml"), &document, 0, "Kit");
        }
        for document in [json!(null), json!([[]]), json!({ "": { "": "" } }), json!("x")] {
            check_text(&crate::testing::path("x.yaml"), &document, 0, "");
        }
    }
}
