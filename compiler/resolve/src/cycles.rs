//! Cycles among dependencies, shown by the shortest one through each knot.

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The shortest cycle of every strongly connected part of a graph, each starting at its first name in the alphabet. `edges` come from
/// a later name to an earlier one. The result does not depend on the order of the edges.
pub(crate) fn cycles<'a>(edges: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Vec<&'a str>> {
    let mut targets: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, to) in edges {
        targets.entry(from).or_default().insert(to);
        targets.entry(to).or_default();
    }
    // Nodes go in by name, since the order of insertion decides the order of the answer.
    let mut graph: DiGraph<&str, ()> = DiGraph::new();
    let ids: BTreeMap<&str, NodeIndex> = targets.keys().map(|name| (*name, graph.add_node(name))).collect();
    for (from, tos) in &targets {
        for to in tos {
            graph.add_edge(ids[from], ids[to], ());
        }
    }
    let mut found = Vec::new();
    for part in tarjan_scc(&graph) {
        let members: BTreeSet<&str> = part.iter().map(|id| graph[*id]).collect();
        let shortest = members
            .iter()
            .filter_map(|start| shortest_through(start, &members, &targets))
            .min_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
        found.extend(shortest);
    }
    found.sort();
    found
}

/// The shortest way from `start` back to itself inside a part, by breadth; names in order decide among equals.
fn shortest_through<'a>(
    start: &&'a str,
    members: &BTreeSet<&'a str>,
    targets: &BTreeMap<&'a str, BTreeSet<&'a str>>,
) -> Option<Vec<&'a str>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut queue = VecDeque::from([*start]);
    while let Some(at) = queue.pop_front() {
        for next in targets.get(at).into_iter().flatten().filter(|next| members.contains(*next)) {
            if next == start {
                let mut way = vec![at];
                let mut back = at;
                while let Some(before) = came_from.get(back) {
                    way.push(before);
                    back = before;
                }
                way.reverse();
                return Some(way);
            }
            if *next != *start && !came_from.contains_key(next) {
                came_from.insert(next, at);
                queue.push_back(next);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::cycles;

    #[test]
    fn finds_the_shortest_cycle_of_each_knot() {
        let edges = [("a", "b"), ("b", "c"), ("c", "a"), ("b", "a"), ("x", "x"), ("y", "z")];
        assert_eq!(cycles(edges), [vec!["a", "b"], vec!["x"]]);
        assert!(cycles([("a", "b"), ("b", "c")]).is_empty());
    }

    #[test]
    fn a_long_cycle_is_found_whole() {
        let names: Vec<String> = (0..1000).map(|n| format!("n{n:04}")).collect();
        let edges = (0..1000).map(|n| (names[n].as_str(), names[(n + 1) % 1000].as_str()));
        assert_eq!(cycles(edges)[0].len(), 1000);
    }
}
