//! Dependency cycles of Blueprints of every length, in graphs made at random.

use crate::support::{SMALL, findings, write};
use std::collections::{BTreeMap, BTreeSet};

/// A project of these Blueprints with these dependencies.
fn project(edges: &BTreeMap<usize, BTreeSet<usize>>) -> Vec<(String, String)> {
    let blueprint = |(at, needs): (&usize, &BTreeSet<usize>)| {
        let depends: String =
            needs.iter().map(|it| format!("    - {{blueprint: {}, version: ^1}}\n", name(*it))).collect();
        let depends =
            if needs.is_empty() { "  depends: []\n".to_owned() } else { format!("  depends:\n{depends}") };
        let text = format!(
            "apiVersion: catalyst.openova.io/v1\nkind: Blueprint\nmetadata:\n  name: {}\nspec:\n  version: 1.0.0\n  card: {{title: A, summary: B}}\n  visibility: listed\n  placementSchema: {{modes: [single-region]}}\n{depends}",
            name(*at)
        );
        (format!("platform/{}/blueprint.yaml", name(*at).trim_start_matches("bp-")), text)
    };
    let small = SMALL.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    small.chain(edges.iter().map(blueprint)).collect()
}

fn name(at: usize) -> String {
    format!("bp-n{at:02}")
}

/// Steps of the shortest way from a node back to itself.
fn around(start: usize, edges: &BTreeMap<usize, BTreeSet<usize>>) -> Option<usize> {
    let mut reached = edges[&start].clone();
    for steps in 1..=edges.len() {
        if reached.contains(&start) {
            return Some(steps);
        }
        reached = reached.iter().flat_map(|it| &edges[it]).copied().chain(reached.clone()).collect();
    }
    None
}

/// What is said of cycles: the names along each, the first one once.
fn said(edges: &BTreeMap<usize, BTreeSet<usize>>) -> Vec<Vec<usize>> {
    let files = project(edges);
    let borrowed: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let folder = write(&borrowed);
    let mut cycles = Vec::new();
    for found in findings(folder.path()).into_iter().filter(|it| it.rule.name == "dependency-cycle") {
        let number = |text: &str| text.strip_prefix("bp-n").and_then(|it| it.parse().ok());
        let mut cycle: Vec<usize> = found.message.split('`').filter_map(number).collect();
        if cycle.len() > 1 {
            assert_eq!(cycle.pop().as_ref(), cycle.first(), "{}", found.message);
        }
        // Each edge of it is shown where it is written.
        let places = std::iter::once(&found.primary).chain(&found.others);
        let files: Vec<String> = places.map(|it| it.place.file.to_string()).collect();
        let expected: Vec<String> =
            cycle.iter().map(|at| format!("platform/n{at:02}/blueprint.yaml")).collect();
        assert_eq!(files, expected, "{}", found.message);
        cycles.push(cycle);
    }
    cycles
}

fn check(edges: &BTreeMap<usize, BTreeSet<usize>>) -> usize {
    let cycles = said(edges);
    for cycle in &cycles {
        for (nth, from) in cycle.iter().enumerate() {
            let to = cycle[(nth + 1) % cycle.len()];
            assert!(edges[from].contains(&to), "{cycle:?}: there is no edge from {from} to {to}");
        }
        let distinct: BTreeSet<&usize> = cycle.iter().collect();
        assert_eq!(distinct.len(), cycle.len(), "{cycle:?} goes through something twice");
    }
    // Somebody who takes one edge out of each cycle that was shown comes nearer: where there is a cycle, one is shown, and where there is
    // none, none. The shortest one through its first name is shown.
    let shortest: Vec<usize> = edges.keys().filter_map(|start| around(*start, edges)).collect();
    assert_eq!(cycles.is_empty(), shortest.is_empty(), "{edges:?}: {cycles:?}");
    for cycle in &cycles {
        assert_eq!(around(cycle[0], edges), Some(cycle.len()), "{edges:?}: {cycle:?} is not the shortest");
    }
    cycles.len()
}

#[test]
fn rings_of_every_length() {
    for length in 1..=50 {
        let ring = (0..length).map(|at| (at, BTreeSet::from([(at + 1) % length]))).collect();
        assert_eq!(said(&ring), [(0..length).collect::<Vec<_>>()], "{length}");
    }
}

#[test]
fn random_graphs() {
    let mut seed = 1_u64;
    let mut below = |of: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % of
    };
    let mut with = 0;
    for _ in 0..150 {
        let nodes = 1 + below(20);
        let mut edges: BTreeMap<usize, BTreeSet<usize>> =
            (0..nodes).map(|at| (at, BTreeSet::new())).collect();
        for _ in 0..below(nodes * 2) {
            let (from, to) = (below(nodes), below(nodes));
            edges.entry(from).or_default().insert(to);
        }
        with += usize::from(check(&edges) > 0);
    }
    assert!(with > 20 && with < 130, "{with} of 150 graphs have cycles");
}
