//! The graph as a drawing: one self-contained SVG file, layers from left to right, light or dark as the reader prefers.

use catalyst_plan::graph::Graph;

mod draw;
mod layout;
mod order;
mod place;

/// The drawing.
pub fn svg(graph: &Graph) -> String {
    draw::draw(graph)
}
