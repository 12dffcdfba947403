//! Layers and routes: which column a node stands in, and through which columns an edge runs.

use crate::view::View;
use catalyst_plan::graph::Edge;
use std::collections::BTreeMap;

/// A node, or a point that a long edge passes in a column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Vertex {
    /// The node; `None` for a passing point.
    pub(super) node: Option<usize>,
    /// Its column.
    pub(super) layer: usize,
}

/// An edge and the vertices it runs through, earliest first.
pub(super) struct Route<'a> {
    pub(super) edge: &'a Edge,
    pub(super) way: Vec<usize>,
}

/// The graph with every edge cut into steps between neighbouring columns.
pub(super) struct Layout<'a> {
    pub(super) vertices: Vec<Vertex>,
    /// Vertices of each column, top to bottom.
    pub(super) layers: Vec<Vec<usize>>,
    pub(super) routes: Vec<Route<'a>>,
    /// Neighbours of a vertex in the column before.
    pub(super) before: Vec<Vec<usize>>,
    /// Neighbours of a vertex in the column behind.
    pub(super) behind: Vec<Vec<usize>>,
    /// Nodes without edges; they stand in no column.
    pub(super) alone: Vec<usize>,
}

/// Longest-path layering: a node stands in the first column in which it may. All long edges out of one node share their passing points, so
/// that a node with many dependents sends one line through the drawing and not dozens.
pub(super) fn layout<'a>(view: &View<'a>) -> Layout<'a> {
    let links = view.links(|_| true);
    let depths = links.depths();
    let (mut vertices, mut of_node, mut alone) = (Vec::new(), BTreeMap::new(), Vec::new());
    for (node, &layer) in depths.iter().enumerate() {
        if links.needs[node].is_empty() && links.needed_by[node].is_empty() {
            alone.push(node);
        } else {
            of_node.insert(node, vertices.len());
            vertices.push(Vertex { node: Some(node), layer });
        }
    }
    let mut passing: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let mut routes = Vec::new();
    let mut steps = Vec::new();
    for &edge in &view.edges {
        let Some((later, earlier)) = view.ends(edge) else { continue };
        let (Some(&start), Some(&end)) = (of_node.get(&earlier), of_node.get(&later)) else { continue };
        let mut way = vec![start];
        for layer in depths[earlier] + 1..depths[later] {
            way.push(*passing.entry((earlier, layer)).or_insert_with(|| {
                vertices.push(Vertex { node: None, layer });
                vertices.len() - 1
            }));
        }
        way.push(end);
        // An edge that closes a cycle runs backwards; it is drawn, and has no say in where things stand.
        if depths[earlier] < depths[later] {
            steps.extend(way.windows(2).map(|step| (step[0], step[1])));
        }
        routes.push(Route { edge, way });
    }
    steps.sort_unstable();
    steps.dedup();
    let (mut before, mut behind) = (vec![Vec::new(); vertices.len()], vec![Vec::new(); vertices.len()]);
    for (left, right) in steps {
        behind[left].push(right);
        before[right].push(left);
    }
    let count = vertices.iter().map(|vertex| vertex.layer + 1).max().unwrap_or(0);
    let mut layers = vec![Vec::new(); count];
    for (at, vertex) in vertices.iter().enumerate() {
        layers[vertex.layer].push(at);
    }
    Layout { vertices, layers, routes, before, behind, alone }
}
