//! The graph in the order it is printed, with neighbours by index.

use catalyst_plan::graph::{Edge, Graph, Node};
use std::collections::BTreeMap;

/// A sorted view. Edges to or from names that are no nodes are kept in `edges`, and have no neighbours.
pub(crate) struct View<'a> {
    /// By slot, then name; nodes without a slot last.
    pub(crate) nodes: Vec<&'a Node>,
    /// By source, then target.
    pub(crate) edges: Vec<&'a Edge>,
    /// Index in `nodes` by name.
    pub(crate) index: BTreeMap<&'a str, usize>,
}

/// Neighbours of all nodes over some of the edges.
pub(crate) struct Links {
    /// What a node comes after.
    pub(crate) needs: Vec<Vec<usize>>,
    /// What comes after a node.
    pub(crate) needed_by: Vec<Vec<usize>>,
    /// A cycle, first node repeated at the end, when there is one. Its last edge is not among the neighbours, nor is that of any other
    /// cycle: what is left can be walked without end.
    pub(crate) cycle: Option<Vec<usize>>,
}

impl<'a> View<'a> {
    pub(crate) fn new(graph: &'a Graph) -> Self {
        let mut nodes: Vec<&Node> = graph.nodes.iter().collect();
        nodes.sort_by(|a, b| (a.slot.is_none(), &a.slot, &a.name).cmp(&(b.slot.is_none(), &b.slot, &b.name)));
        nodes.dedup_by(|a, b| a.name == b.name);
        let index = nodes.iter().enumerate().map(|(at, node)| (node.name.as_str(), at)).collect();
        let mut edges: Vec<&Edge> = graph.edges.iter().collect();
        edges.sort_by(|a, b| {
            (&a.from, &a.to, &a.when, &a.reason, a.active)
                .cmp(&(&b.from, &b.to, &b.when, &b.reason, b.active))
        });
        edges.dedup_by(|a, b| a == b);
        View { nodes, edges, index }
    }

    /// Indices of both ends, when both are nodes.
    pub(crate) fn ends(&self, edge: &Edge) -> Option<(usize, usize)> {
        Some((*self.index.get(edge.from.as_str())?, *self.index.get(edge.to.as_str())?))
    }

    /// Edges out of a node, targets in the order of nodes, unknown targets last.
    pub(crate) fn needs_of(&self, name: &str) -> Vec<&'a Edge> {
        let mut found: Vec<&Edge> = self.edges.iter().copied().filter(|edge| edge.from == name).collect();
        found.sort_by_key(|edge| self.index.get(edge.to.as_str()).copied().unwrap_or(usize::MAX));
        found
    }

    /// Whether any edge leads to a node.
    pub(crate) fn is_needed(&self, name: &str) -> bool {
        self.edges.iter().any(|edge| edge.to == name)
    }

    /// Neighbours over the edges that `keep` accepts, cycles cut.
    pub(crate) fn links(&self, keep: impl Fn(&Edge) -> bool) -> Links {
        let count = self.nodes.len();
        let mut needs = vec![Vec::new(); count];
        for edge in self.edges.iter().filter(|edge| keep(edge)) {
            if let Some((from, to)) = self.ends(edge) {
                needs[from].push(to);
            }
        }
        for list in &mut needs {
            list.sort_unstable();
            list.dedup();
        }
        let cycle = cut_cycles(&mut needs);
        let mut needed_by = vec![Vec::new(); count];
        for (from, list) in needs.iter().enumerate() {
            for &to in list {
                needed_by[to].push(from);
            }
        }
        Links { needs, needed_by, cycle }
    }
}

/// The condition of an edge for people: an expression without the braces around it.
pub(crate) fn condition(edge: &Edge) -> Option<&str> {
    let when = edge.when.as_deref()?;
    let inner = when.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    Some(inner.filter(|inner| !inner.contains("{{")).map_or(when, str::trim))
}

/// Takes out every edge that closes a cycle in a depth-first walk; gives the first cycle met.
fn cut_cycles(needs: &mut [Vec<usize>]) -> Option<Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; needs.len()];
    let mut first = None;
    for start in 0..needs.len() {
        if marks[start] != Mark::New {
            continue;
        }
        marks[start] = Mark::Open;
        // Nodes on the way, each with the position of its next neighbour: no recursion, a chain may be as long as the graph.
        let mut way = vec![(start, 0)];
        while let Some((node, at)) = way.last_mut() {
            let Some(&next) = needs[*node].get(*at) else {
                marks[*node] = Mark::Done;
                way.pop();
                continue;
            };
            match marks[next] {
                Mark::New => {
                    *at += 1;
                    marks[next] = Mark::Open;
                    way.push((next, 0));
                }
                Mark::Done => *at += 1,
                Mark::Open => {
                    let (node, at) = (*node, *at);
                    needs[node].remove(at);
                    first.get_or_insert_with(|| {
                        let round = way.iter().map(|&(node, _)| node).skip_while(|&node| node != next);
                        round.chain([next]).collect()
                    });
                }
            }
        }
    }
    first
}

impl Links {
    /// Length of the longest chain that leads to each node, counted in edges.
    pub(crate) fn depths(&self) -> Vec<usize> {
        longest(&self.needs, &self.needed_by)
    }

    /// Length of the longest chain that starts at each node.
    pub(crate) fn heights(&self) -> Vec<usize> {
        longest(&self.needed_by, &self.needs)
    }
}

/// Longest path over `before`, by peeling off nodes that nothing comes before.
fn longest(before: &[Vec<usize>], after: &[Vec<usize>]) -> Vec<usize> {
    let mut open: Vec<usize> = before.iter().map(Vec::len).collect();
    let mut length = vec![0; before.len()];
    let mut ready: Vec<usize> = (0..before.len()).filter(|&node| open[node] == 0).collect();
    while let Some(node) = ready.pop() {
        for &next in &after[node] {
            length[next] = length[next].max(length[node] + 1);
            open[next] -= 1;
            if open[next] == 0 {
                ready.push(next);
            }
        }
    }
    length
}
