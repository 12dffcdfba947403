//! The first page, with the Blueprints by layer and by category, and the page with the graphs.

use crate::MARK;
use crate::markdown::{code, plain};
use crate::value::{Catalogue, Entry};
use catalyst_plan::graph::Graph;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Heading of what no tier of the kit holds.
pub(crate) const OUTSIDE: &str = "Not in the kit";
/// Heading of what states no category.
const UNNAMED: &str = "no category";

/// The first page.
pub(crate) fn index(catalogue: &Catalogue) -> String {
    let all = &catalogue.blueprints;
    let mut out = format!("<!-- {MARK} -->\n\n# Catalogue of {}\n\n", plain(&catalogue.project));
    let (slots, used) =
        (all.iter().filter(|it| it.slot.is_some()).count(), all.iter().filter(|it| it.runs()).count());
    let _ = write!(
        out,
        "{} Blueprints: {slots} in slots of the kit, {used} that run in a Sovereign of the project.\n\n\
         To search, open [index.html](index.html) in a browser; it needs no server. [catalogue.json](catalogue.json) is the same for \
         programs, and its schema is printed by `catalystc schema catalogue`. [Graphs](graph.md) show what needs what.\n\n## By layer\n",
        all.len(),
    );
    for (tier, entries) in by_tier(all) {
        let _ = write!(
            out,
            "\n### {}\n\n| Slot | Blueprint | Version | Runs in | |\n|---|---|---|---|---|\n",
            plain(&tier)
        );
        for it in entries {
            let slot = it.slot.as_ref().map(|slot| slot.id.as_str()).unwrap_or_default();
            let layer = match &it.slot {
                Some(slot) => format!("{}{}", slot.place(), if slot.opt_in { ", opt-in" } else { "" }),
                None => it.placement.scopes.join(", "),
            };
            let _ = writeln!(
                out,
                "| {slot} | {} | {} | {layer} | {} |",
                link(it),
                code(&it.version),
                plain(&it.title)
            );
        }
    }
    out.push_str("\n## By category\n\n| Category | Blueprints |\n|---|---|\n");
    for (category, entries) in by_category(all) {
        let links: Vec<String> = entries.into_iter().map(link).collect();
        let _ = writeln!(out, "| {} | {} |", plain(category), links.join(", "));
    }
    out
}

/// The page with the graphs.
pub(crate) fn graphs(catalogue: &Catalogue) -> String {
    let mut out = format!(
        "<!-- {MARK} -->\n\n# Graphs\n\nArrows lead from what comes first to what comes later. Dotted: under a condition.\n"
    );
    let mut part = |title: &str, more: &str, graph: &Graph| {
        if !graph.nodes.is_empty() {
            let _ = write!(
                out,
                "\n## {title}\n\n{more}```text\n{}```\n\n```mermaid\n{}```\n",
                catalyst_graph::facts(graph),
                catalyst_graph::mermaid(graph)
            );
        }
    };
    part("The kit", "The same as a drawing: [kit.svg](kit.svg).\n\n", &catalogue.kit);
    part("All Blueprints of the public catalogue", "", &catalogue.graph);
    out.push_str("\n[All Blueprints](README.md)\n");
    out
}

/// Entries by tier of the kit, in order of slot; then those without a slot, in order of name.
pub(crate) fn by_tier(entries: &[Entry]) -> Vec<(String, Vec<&Entry>)> {
    let mut tiers: BTreeMap<(bool, String), Vec<&Entry>> = BTreeMap::new();
    for it in entries {
        let tier = it.slot.as_ref().map_or(OUTSIDE, |slot| &slot.tier).to_owned();
        tiers.entry((it.slot.is_none(), tier)).or_default().push(it);
    }
    let slot = |it: &&Entry| (it.slot.as_ref().map(|slot| slot.id.clone()), it.id.clone());
    let sorted = tiers.into_iter().map(|((_, tier), mut entries)| {
        entries.sort_by_key(slot);
        (tier, entries)
    });
    sorted.collect()
}

/// Entries by category.
pub(crate) fn by_category(entries: &[Entry]) -> BTreeMap<&str, Vec<&Entry>> {
    let mut categories: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for it in entries {
        categories.entry(it.category()).or_default().push(it);
    }
    categories
}

fn link(entry: &Entry) -> String {
    format!("[{}](blueprints/{}.md)", code(&entry.id), entry.id)
}

impl Entry {
    /// Whether a Sovereign of the project runs it.
    pub(crate) fn runs(&self) -> bool {
        !self.releases.is_empty() || !self.applications.is_empty()
    }

    /// Its category, or words for the lack of one.
    pub(crate) fn category(&self) -> &str {
        self.category.as_deref().unwrap_or(UNNAMED)
    }
}
