//! `dependency-cycle`: the Blueprints of the catalogue depend on each other without a cycle.
//!
//! The graph is the union over all versions and all conditions, since some Sovereign may take any of them; a name means what the scope of
//! the Blueprint that uses it can see. Cycles whose Blueprints all have a slot are reported with the kit, cycles among Applications with
//! their Environment.

use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_model::BlueprintName;
use catalyst_plan::{Index, Scope};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How many cycles are shown; one mistake in a large catalogue can close very many.
const MOST: usize = 20;

type Node<'a> = (&'a BlueprintName, &'a Scope);
type Edges<'a> = BTreeMap<Node<'a>, BTreeMap<Node<'a>, Place>>;

pub(crate) fn check(index: &Index, out: &mut Vec<Diagnostic>) {
    let before = out.len();
    let mut edges = edges(index);
    trim(&mut edges);
    let slots: BTreeSet<&BlueprintName> =
        index.kit.iter().flat_map(|kit| kit.spec.slots.iter().map(|slot| &slot.blueprint)).collect();
    let mut cycles: Vec<Vec<Node<'_>>> =
        edges.keys().filter_map(|start| shortest_through(*start, &edges)).collect();
    // Shortest first, until each Blueprint on a cycle has been shown on one.
    cycles.sort_by_key(Vec::len);
    let mut shown: BTreeSet<Node<'_>> = BTreeSet::new();
    for cycle in cycles {
        if cycle.first().is_some_and(|start| shown.contains(start)) {
            continue;
        }
        shown.extend(&cycle);
        if cycle.iter().any(|(name, _)| !slots.contains(name)) {
            out.push(report(&cycle, &edges));
        }
        if out.len() - before == MOST {
            return;
        }
    }
}

fn edges(index: &Index) -> Edges<'_> {
    let mut edges: Edges<'_> = BTreeMap::new();
    for (name, entries) in &index.catalogue.blueprints {
        for entry in entries {
            let out = edges.entry((name, &entry.scope)).or_default();
            for (at, dependency) in entry.blueprint.spec.depends.iter().flatten().enumerate() {
                for target in index.catalogue.entries(&dependency.blueprint) {
                    if entry.scope.sees(&target.scope) {
                        let place = || entry.blueprint.place.child("spec").child("depends").item(at);
                        out.entry((&target.blueprint.value.name, &target.scope)).or_insert_with(place);
                    }
                }
            }
        }
    }
    edges
}

/// Takes out all that lies on no cycle: what nothing leads to or nothing follows, again and again.
fn trim(edges: &mut Edges<'_>) {
    loop {
        let targets: BTreeSet<Node<'_>> = edges.values().flat_map(|to| to.keys().copied()).collect();
        let before = edges.len();
        edges.retain(|node, to| !to.is_empty() && targets.contains(node));
        if edges.len() == before {
            return;
        }
        let left: BTreeSet<Node<'_>> = edges.keys().copied().collect();
        edges.values_mut().for_each(|to| to.retain(|node, _| left.contains(node)));
    }
}

/// The shortest way from a node back to itself, by breadth; names in order decide among equals.
fn shortest_through<'a>(start: Node<'a>, edges: &Edges<'a>) -> Option<Vec<Node<'a>>> {
    let mut came_from: BTreeMap<Node<'a>, Node<'a>> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        for next in edges.get(&at).into_iter().flat_map(|to| to.keys()) {
            if *next == start {
                let mut way = vec![at];
                while let Some(before) = came_from.get(&way[way.len() - 1]) {
                    way.push(*before);
                }
                way.reverse();
                return Some(way);
            }
            if !came_from.contains_key(next) {
                came_from.insert(*next, at);
                queue.push_back(*next);
            }
        }
    }
    None
}

fn report(cycle: &[Node<'_>], edges: &Edges<'_>) -> Diagnostic {
    let way: Vec<String> = cycle.iter().chain(cycle.first()).map(|(name, _)| format!("`{name}`")).collect();
    let mut steps = cycle.iter().enumerate().filter_map(|(at, from)| {
        let to = &cycle[(at + 1) % cycle.len()];
        Some((edges.get(from)?.get(to)?.child("blueprint"), format!("`{}` needs `{}`", from.0, to.0)))
    });
    let message = if let [(name, _)] = cycle {
        format!("`{name}` depends on itself")
    } else {
        format!("Blueprints depend on each other: {}", way.join(" needs "))
    };
    let Some((place, text)) = steps.next() else {
        unreachable!("a cycle has an edge");
    };
    let found = Diagnostic::new(&rule::DEPENDENCY_CYCLE, place, message).label(text);
    steps
        .fold(found, |found, (place, text)| found.other(place, text))
        .help("take one of these dependencies out; what both need may become a Blueprint of its own")
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::{index, lines, project};
    use serde_json::{Value, json};

    fn run(edges: &[(&str, &[&str])], slots: &[&str]) -> Vec<catalyst_diag::Diagnostic> {
        let files: Vec<String> = edges.iter().map(|(name, _)| format!("{name}.yaml")).collect();
        let mut documents: Vec<(&str, &str, &str, Value)> = edges
            .iter()
            .zip(&files)
            .map(|((name, depends), file)| {
                let depends: Vec<Value> = depends.iter().map(|it| json!({ "blueprint": it })).collect();
                (file.as_str(), "Blueprint", *name, json!({ "depends": depends }))
            })
            .collect();
        let slots: Vec<Value> = slots
            .iter()
            .enumerate()
            .map(|(at, name)| json!({ "id": format!("{at:02}"), "blueprint": name }))
            .collect();
        documents.push(("kit.yaml", "Kit", "kit", json!({ "slots": slots })));
        project(check, &index(&documents))
    }

    #[test]
    fn a_graph_without_cycles_passes() {
        assert!(run(&[("bp-a", &["bp-b", "bp-c"]), ("bp-b", &["bp-c"]), ("bp-c", &[])], &[]).is_empty());
    }

    #[test]
    fn the_shortest_cycle_is_shown_with_all_its_edges() {
        let edges: &[(&str, &[&str])] =
            &[("bp-a", &["bp-b"]), ("bp-b", &["bp-c", "bp-a"]), ("bp-c", &["bp-a"]), ("bp-d", &["bp-a"])];
        let found = run(edges, &["bp-a"]);
        assert_eq!(
            lines(&found)[0],
            "dependency-cycle bp-a.yaml:spec.depends[0].blueprint: Blueprints depend on each other: `bp-a` needs `bp-b` \
             needs `bp-a`"
        );
        assert_eq!(found[0].others.len(), 1);
        let knot: &[(&str, &[&str])] =
            &[("bp-a", &["bp-b"]), ("bp-b", &["bp-c"]), ("bp-c", &["bp-a", "bp-b"])];
        let found = run(knot, &[]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].message, "Blueprints depend on each other: `bp-b` needs `bp-c` needs `bp-b`");
        assert_eq!(run(&[("bp-a", &["bp-a"])], &[])[0].message, "`bp-a` depends on itself");
    }

    #[test]
    fn cycles_of_the_kit_are_left_to_it() {
        let edges: &[(&str, &[&str])] = &[("bp-a", &["bp-b"]), ("bp-b", &["bp-a"])];
        assert!(run(edges, &["bp-a", "bp-b"]).is_empty());
        assert_eq!(run(edges, &["bp-a"]).len(), 1);
    }
}
