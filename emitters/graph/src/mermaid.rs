//! The graph in Mermaid, which Git services draw inside Markdown.

use crate::view::{View, condition};
use catalyst_plan::graph::{Edge, Graph};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// A flowchart; arrows go from what comes first to what comes later. Dotted: under a condition. With a circle: order only.
pub fn mermaid(graph: &Graph) -> String {
    let view = View::new(graph);
    let ids = ids(&view);
    let id = |name: &str| ids.get(name).cloned().unwrap_or_default();
    let mut out = String::new();
    if !graph.title.is_empty() {
        let _ = writeln!(out, "---\ntitle: \"{}\"\n---", graph.title.replace(['\\', '"', '\n'], " "));
    }
    out.push_str("flowchart LR\n");
    for node in &view.nodes {
        let slot = node.slot.as_ref().map(|slot| format!("{slot} ")).unwrap_or_default();
        let class = node.layer.as_ref().map(|layer| format!(":::{}", plain(layer))).unwrap_or_default();
        let _ = writeln!(out, "  {}[\"{}\"]{class}", id(&node.name), label(&format!("{slot}{}", node.name)));
    }
    for edge in view.edges.iter().filter(|edge| view.ends(edge).is_some()) {
        let _ = writeln!(out, "  {} {} {}", id(&edge.to), arrow(edge), id(&edge.from));
    }
    let layers: BTreeSet<&String> = view.nodes.iter().filter_map(|node| node.layer.as_ref()).collect();
    for layer in layers {
        let style = if layer == "mgt" { "stroke-width:2px" } else { "stroke-width:1px" };
        let _ = writeln!(out, "  classDef {} {style}", plain(layer));
    }
    out
}

fn arrow(edge: &Edge) -> String {
    let text = match (condition(edge), &edge.reason) {
        (Some(when), _) if edge.active => format!("|\"when {}\"|", label(when)),
        (Some(when), _) => format!("|\"not in force: when {}\"|", label(when)),
        (None, _) => String::new(),
    };
    match (condition(edge), &edge.reason) {
        (Some(_), _) => format!("-.->{text}"),
        (None, Some(_)) => "--o".into(),
        (None, None) => "-->".into(),
    }
}

/// An id a node: its name in letters, digits and `_`, so that a new node changes no other line.
fn ids<'a>(view: &View<'a>) -> BTreeMap<&'a str, String> {
    let mut used = BTreeSet::new();
    let mut ids = BTreeMap::new();
    for node in &view.nodes {
        let mut id = format!("n_{}", plain(&node.name));
        while !used.insert(id.clone()) {
            id.push('_');
        }
        ids.insert(node.name.as_str(), id);
    }
    ids
}

fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// Text in a quoted label. Mermaid knows entities as `#name;`.
fn label(text: &str) -> String {
    text.replace('#', "#35;")
        .replace('"', "#quot;")
        .replace('<', "#lt;")
        .replace('>', "#gt;")
        .replace(['\n', '\r'], " ")
}
