//! The graph as a table: Markdown for documents, aligned text for terminals.

use crate::view::{View, condition};
use catalyst_plan::graph::{Edge, Graph, Node};
use std::fmt::Write;

/// A Markdown table. That of a kit has the form of the architecture text, section 9.1: Slot, Blueprint, Tier, Layer, dependsOn.
pub fn table(graph: &Graph) -> String {
    let rows = rows(graph);
    let mut out = String::new();
    for (at, row) in rows.iter().enumerate() {
        out.push('|');
        for cell in row {
            let _ = write!(out, " {} |", escape(cell));
        }
        out.push('\n');
        if at == 0 {
            out.push_str(&"|---".repeat(row.len()));
            out.push_str("|\n");
        }
    }
    out
}

/// The same table with aligned columns and no marks.
pub fn text(graph: &Graph) -> String {
    let rows = rows(graph);
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{cell:width$}  ");
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Header and rows. A graph of Applications has no slots; there a node and its Blueprint are two things.
fn rows(graph: &Graph) -> Vec<Vec<String>> {
    let view = View::new(graph);
    let applications = view.nodes.iter().any(|node| node.name != node.blueprint);
    let header: &[&str] = if applications {
        &["Application", "Blueprint", "Version", "dependsOn"]
    } else {
        &["Slot", "Blueprint", "Tier", "Layer", "dependsOn"]
    };
    let mut rows = vec![header.iter().map(|&it| it.to_owned()).collect()];
    for node in &view.nodes {
        let needs = depends_on(&view, node);
        rows.push(if applications {
            vec![node.name.clone(), node.blueprint.clone(), node.version.clone(), needs]
        } else {
            vec![or_dash(&node.slot), node.name.clone(), or_dash(&node.tier), or_dash(&node.layer), needs]
        });
    }
    rows
}

fn or_dash(text: &Option<String>) -> String {
    text.clone().unwrap_or_else(|| "—".into())
}

/// What a node comes after. One that needs nothing is a root when others build on it.
fn depends_on(view: &View<'_>, node: &Node) -> String {
    let needs = view.needs_of(&node.name);
    if needs.is_empty() {
        return if view.is_needed(&node.name) { "(root)" } else { "(none)" }.into();
    }
    needs.iter().map(|edge| named(edge)).collect::<Vec<_>>().join(", ")
}

fn named(edge: &Edge) -> String {
    match condition(edge) {
        Some(when) => format!("{} (when {when})", edge.to),
        None => edge.to.clone(),
    }
}

/// A cell ends at `|` and at the end of the line.
fn escape(cell: &str) -> String {
    cell.replace('|', "\\|").replace(['\n', '\r'], " ")
}
