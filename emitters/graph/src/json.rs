//! The graph for programs.

use crate::view::View;
use catalyst_plan::graph::Graph;
use serde_json::{Value, json};

/// Version of the form. A change that a reader could notice raises it; a field that is only added does not.
const VERSION: u32 = 1;

/// `{"version": 1, "title", "nodes": […], "edges": […]}`, nodes and edges as they are called in the graph.
pub fn json(graph: &Graph) -> String {
    let view = View::new(graph);
    let value: Value =
        json!({ "version": VERSION, "title": graph.title, "nodes": view.nodes, "edges": view.edges });
    format!("{value:#}\n")
}
