//! What can be said about the graph in numbers: computed, never quoted from a text.

use crate::view::{Links, View};
use catalyst_plan::graph::Graph;
use std::fmt;

/// Facts about a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Number of nodes.
    pub nodes: usize,
    /// Number of edges, those under a condition included.
    pub edges: usize,
    /// Edges under a condition.
    pub conditional: usize,
    /// Edges that only order.
    pub order_only: usize,
    /// Edges that are not in force here.
    pub inactive: usize,
    /// Nodes that come after nothing.
    pub roots: Vec<String>,
    /// The longest chain over the edges in force, earliest first; the first by name among equals.
    pub chain: Vec<String>,
    /// The longest chain over all edges, when it is longer.
    pub union_chain: Option<Vec<String>>,
    /// Edges in force that lead to a higher slot, as (slot, name) of the later and the earlier one.
    pub inversions: Vec<[(String, String); 2]>,
    /// A cycle over all edges, first node repeated at the end. There must be none.
    pub cycle: Option<Vec<String>>,
}

/// The facts as text.
pub fn facts(graph: &Graph) -> String {
    Facts::of(graph).to_string()
}

impl Facts {
    /// Computes them.
    pub fn of(graph: &Graph) -> Self {
        let view = View::new(graph);
        let (here, union) = (view.links(|edge| edge.active), view.links(|_| true));
        let name = |&node: &usize| view.nodes[node].name.clone();
        let (chain, union_chain) = (longest_chain(&view, &here), longest_chain(&view, &union));
        let roots = (0..view.nodes.len()).filter(|&node| here.needs[node].is_empty());
        let mut inversions = Vec::new();
        for edge in view.edges.iter().filter(|edge| edge.active) {
            let Some((from, to)) = view.ends(edge) else { continue };
            let (from, to) = (view.nodes[from], view.nodes[to]);
            if let (Some(a), Some(b)) = (&from.slot, &to.slot)
                && b > a
            {
                inversions.push([(a.clone(), from.name.clone()), (b.clone(), to.name.clone())]);
            }
        }
        inversions.sort();
        Facts {
            nodes: view.nodes.len(),
            edges: view.edges.len(),
            conditional: view.edges.iter().filter(|edge| edge.when.is_some()).count(),
            order_only: view.edges.iter().filter(|edge| edge.reason.is_some()).count(),
            inactive: view.edges.iter().filter(|edge| !edge.active).count(),
            roots: roots.map(|node| name(&node)).collect(),
            union_chain: (union_chain.len() > chain.len()).then(|| union_chain.iter().map(name).collect()),
            chain: chain.iter().map(name).collect(),
            inversions,
            cycle: union.cycle.map(|cycle| cycle.iter().map(name).collect()),
        }
    }
}

/// Starts at the first name from which the longest chain goes out, and always takes the first name that keeps it longest.
fn longest_chain(view: &View<'_>, links: &Links) -> Vec<usize> {
    let heights = links.heights();
    let first = |nodes: &mut dyn Iterator<Item = usize>, height: usize| {
        nodes.filter(|&node| heights[node] == height).min_by_key(|&node| &view.nodes[node].name)
    };
    let Some(&top) = heights.iter().max() else { return Vec::new() };
    let mut chain = Vec::new();
    let mut next = first(&mut (0..heights.len()), top);
    while let Some(node) = next {
        chain.push(node);
        next = heights[node]
            .checked_sub(1)
            .and_then(|height| first(&mut links.needed_by[node].iter().copied(), height));
    }
    chain
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "nodes: {}", self.nodes)?;
        write!(f, "edges: {}", self.edges)?;
        let parts = [
            (self.conditional, "conditional"),
            (self.order_only, "order-only"),
            (self.inactive, "not in force"),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if !parts.is_empty() {
            write!(f, " ({})", parts.join(", "))?;
        }
        writeln!(f)?;
        writeln!(f, "roots: {} ({})", self.roots.len(), self.roots.join(", "))?;
        writeln!(f, "depth: {} nodes, {} edges", self.chain.len(), self.chain.len().saturating_sub(1))?;
        writeln!(f, "longest chain: {}", self.chain.join(" -> "))?;
        if let Some(chain) = &self.union_chain {
            writeln!(
                f,
                "longest chain with all conditions met: {} ({} nodes)",
                chain.join(" -> "),
                chain.len()
            )?;
        }
        writeln!(f, "edges to a higher slot: {}", self.inversions.len())?;
        for [(a, from), (b, to)] in &self.inversions {
            writeln!(f, "  {a} {from} -> {b} {to}")?;
        }
        if let Some(cycle) = &self.cycle {
            writeln!(f, "cycle: {}", cycle.join(" -> "))?;
        }
        Ok(())
    }
}
