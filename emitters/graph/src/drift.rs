//! A published table against the graph, in both directions.

use crate::markdown::{Table, tables};
use crate::view::{View, condition};
use catalyst_plan::graph::{Edge, Graph, Node};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// One difference between a document and the graph.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Drift {
    /// Line of the document, from 1.
    pub line: usize,
    /// What kind of difference.
    pub what: DriftKind,
    /// The difference, for people.
    pub text: String,
}

/// What kind of difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DriftKind {
    /// The document has no table with a Blueprint and a dependsOn column.
    NoTable,
    /// A row or an edge of the graph is not in the document.
    MissingInDocument,
    /// A row or an edge of the document is not in the graph.
    MissingInGraph,
    /// An edge is under a condition in one of them only.
    Condition,
    /// The slot differs.
    Slot,
    /// The layer differs.
    Layer,
    /// The document has a second row for a Blueprint.
    Duplicate,
    /// A cell holds what is no list of Blueprints.
    Unreadable,
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.text)
    }
}

/// Compares every table of a Markdown document that has a Blueprint and a dependsOn column with the graph. Several such tables count as
/// one. Slots and layers are compared where the table has columns for them; tiers and notes are for people.
///
/// In a cell, `(root)`, `(none)`, `(reserved)`, `-` and `—` mean nothing; notes in parentheses or behind an em dash do not count, except
/// `(when …)`, which marks an edge under a condition. The prefix `bp-` may be there or not.
pub fn check_table(document: &str, graph: &Graph) -> Vec<Drift> {
    let view = View::new(graph);
    let mut check = Check { view: &view, drifts: Vec::new(), seen: BTreeSet::new() };
    let mut last_line = None;
    for table in tables(document) {
        let (Some(blueprint), Some(depends)) = (table.column(&["blueprint"]), table.column(&["dependson"]))
        else {
            continue;
        };
        last_line = Some(table.rows.last().map_or(table.line, |(line, _)| *line));
        check.table(&table, blueprint, depends);
    }
    let Some(end) = last_line else {
        let text = "no table has the columns `Blueprint` and `dependsOn`".to_owned();
        return vec![Drift { line: 1, what: DriftKind::NoTable, text }];
    };
    for node in &view.nodes {
        if !check.seen.contains(short(&node.name)) {
            check.report(end, DriftKind::MissingInDocument, format!("`{}` has no row", node.name));
        }
    }
    check.drifts.sort();
    check.drifts
}

struct Check<'a> {
    view: &'a View<'a>,
    drifts: Vec<Drift>,
    seen: BTreeSet<String>,
}

impl Check<'_> {
    fn report(&mut self, line: usize, what: DriftKind, text: String) {
        self.drifts.push(Drift { line, what, text });
    }

    fn table(&mut self, table: &Table, blueprint: usize, depends: usize) {
        let (slot, layer) = (table.column(&["slot"]), table.column(&["layer"]));
        for (line, row) in &table.rows {
            let cell = |column: usize| row.get(column).map_or("", String::as_str);
            let name = without_notes(cell(blueprint)).0;
            if is_none(&name) {
                continue;
            }
            let name = short(&name).to_owned();
            if !self.seen.insert(name.clone()) {
                self.report(*line, DriftKind::Duplicate, format!("`{name}` has a second row"));
                continue;
            }
            let Some(node) = self.view.nodes.iter().copied().find(|node| short(&node.name) == name) else {
                self.report(*line, DriftKind::MissingInGraph, format!("there is no `{name}` in the graph"));
                continue;
            };
            if let Some(column) = slot {
                self.compare(*line, DriftKind::Slot, node, cell(column), node.slot.as_deref());
            }
            if let Some(column) = layer {
                self.compare(*line, DriftKind::Layer, node, cell(column), node.layer.as_deref());
            }
            self.edges(*line, node, cell(depends));
        }
    }

    fn compare(&mut self, line: usize, what: DriftKind, node: &Node, cell: &str, known: Option<&str>) {
        let written = without_notes(cell).0;
        let written = (!is_none(&written)).then_some(written);
        if written.as_deref() != known {
            let word = if what == DriftKind::Slot { "slot" } else { "layer" };
            let show = |text: Option<&str>| text.map_or("none".to_owned(), |text| format!("`{text}`"));
            let text =
                format!("{word} of `{}` is {}, not {}", node.name, show(known), show(written.as_deref()));
            self.report(line, what, text);
        }
    }

    fn edges(&mut self, line: usize, node: &Node, cell: &str) {
        let mut known: BTreeMap<&str, Vec<&Edge>> = BTreeMap::new();
        for edge in self.view.needs_of(&node.name) {
            known.entry(short(&edge.to)).or_default().push(edge);
        }
        let mut written = BTreeSet::new();
        for item in items(cell) {
            let (name, when) = without_notes(&item);
            if is_none(&name) {
                continue;
            }
            let to = short(&name);
            if !to.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
                self.report(line, DriftKind::Unreadable, format!("`{name}` is no name of a Blueprint"));
                continue;
            }
            written.insert(to.to_owned());
            let Some(edges) = known.get(to) else {
                let text = format!("`{}` does not depend on `{to}` in the graph", node.name);
                self.report(line, DriftKind::MissingInGraph, text);
                continue;
            };
            let conditional = edges.iter().all(|edge| edge.when.is_some());
            if conditional != when {
                let (here, there) =
                    if when { ("a condition", "without one") } else { ("no condition", "under one") };
                let text =
                    format!("`{}` depends on `{to}` with {here} here, and {there} in the graph", node.name);
                self.report(line, DriftKind::Condition, text);
            }
        }
        for (to, edges) in known {
            if !written.contains(to) {
                let when = condition(edges[0]).map(|when| format!(" (when {when})")).unwrap_or_default();
                let text = format!("`{}` depends on `{}`{when}, which the row lacks", node.name, edges[0].to);
                self.report(line, DriftKind::MissingInDocument, text);
            }
        }
    }
}

fn short(name: &str) -> &str {
    name.strip_prefix("bp-").unwrap_or(name)
}

fn is_none(text: &str) -> bool {
    matches!(text, "" | "-" | "–" | "—")
}

/// Splits a cell at commas outside of parentheses, up to an em dash that starts a note.
fn items(cell: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut depth = 0usize;
    for c in cell.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '—' if depth == 0 => break,
            ',' | ';' if depth == 0 => {
                items.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(item) = items.last_mut() {
            item.push(c);
        }
    }
    items
}

/// An item without what is in parentheses or behind an em dash, and whether a note in parentheses is a condition.
fn without_notes(item: &str) -> (String, bool) {
    let item = item.split('—').next().unwrap_or(item);
    let (mut text, mut note, mut conditional, mut depth) = (String::new(), String::new(), false, 0usize);
    for c in item.chars() {
        match c {
            '(' if depth == 0 => {
                depth = 1;
                note.clear();
            }
            ')' if depth == 1 => {
                depth = 0;
                conditional |= note.trim_start().starts_with("when ");
            }
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => text.push(c),
            _ => note.push(c),
        }
    }
    (text.trim().to_owned(), conditional)
}
