//! The graph in DOT, for Graphviz.

use crate::view::{View, condition};
use catalyst_plan::graph::{Edge, Graph};
use std::fmt::Write;

/// A digraph; arrows go from what comes first to what comes later. Dashed: under a condition. Dotted: order only. Grey: not in force.
pub fn dot(graph: &Graph) -> String {
    let view = View::new(graph);
    let mut out = format!("digraph {} {{\n", quote(&graph.title));
    out.push_str("  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n");
    for node in &view.nodes {
        let slot = node.slot.as_ref().map(|slot| format!("{slot} ")).unwrap_or_default();
        let tip = format!("{} {}", node.blueprint, node.version);
        let mut attributes = vec![
            format!("label={}", quote(&format!("{slot}{}", node.name))),
            format!("tooltip={}", quote(&tip)),
        ];
        if let Some(layer) = &node.layer {
            attributes.push(format!("class={}", quote(layer)));
        }
        let _ = writeln!(out, "  {} [{}];", quote(&node.name), attributes.join(", "));
    }
    for edge in view.edges.iter().filter(|edge| view.ends(edge).is_some()) {
        let _ = writeln!(out, "  {} -> {}{};", quote(&edge.to), quote(&edge.from), attributes(edge));
    }
    out.push_str("}\n");
    out
}

fn attributes(edge: &Edge) -> String {
    let mut list = Vec::new();
    match (condition(edge), &edge.reason) {
        (Some(when), _) => {
            list.extend(["style=dashed".to_owned(), format!("tooltip={}", quote(&format!("when {when}")))])
        }
        (None, Some(reason)) => {
            list.extend(["style=dotted".to_owned(), format!("tooltip={}", quote(reason))])
        }
        (None, None) => {}
    }
    if !edge.active {
        list.push("color=gray".to_owned());
    }
    if list.is_empty() { String::new() } else { format!(" [{}]", list.join(", ")) }
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace(['\n', '\r'], " "))
}
