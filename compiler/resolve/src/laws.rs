//! Laws over random graphs and random catalogues, each against the plainest way to find the answer.

use crate::cycles::cycles;
use crate::versions::{Available, Requirement, Requirer, solve};
use catalyst_diag::Place;
use catalyst_model::{BlueprintName, Version};
use catalyst_source::TreePath;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const CONSTRAINTS: [&str; 10] =
    ["*", "^1", "~1.1", "1.0.0", ">=1.1", "<2", "^2", "1.0.0 || 2.0.0", ">=2.0.0-rc.1", "^3"];
const VERSIONS: [&str; 6] = ["1.0.0", "1.1.0", "1.1.1", "2.0.0-rc.1", "2.0.0", "v3.0.0+b"];

type Chosen = BTreeMap<BlueprintName, Version>;

fn name(at: usize) -> BlueprintName {
    format!("bp-{}", ["a", "b", "c", "d"][at]).parse().unwrap()
}

/// Versions by Blueprint, and requirements: who says so (`None` is an Application), of whom, and which versions will do.
fn catalogue() -> impl Strategy<Value = (Available, Vec<Requirement>)> {
    let versions = proptest::collection::vec(proptest::sample::subsequence(VERSIONS.to_vec(), 1..4), 4);
    let needs = proptest::collection::vec((0..12usize, 0..4usize, 0..4usize, 0..CONSTRAINTS.len()), 1..12);
    (versions, needs).prop_map(|(versions, needs)| {
        let parsed = |list: &Vec<&str>| list.iter().map(|it| it.parse().unwrap()).collect::<Vec<Version>>();
        let available: Available =
            versions.iter().enumerate().map(|(at, list)| (name(at), parsed(list))).collect();
        let requirement = |(nth, (by, of, needs, constraint)): (usize, &(usize, usize, usize, usize))| {
            let versions = &available[&name(*of)];
            let by = match by {
                // The first one is always an Application, or there is nothing to solve.
                0..=2 => Requirer::Application(format!("app-{nth}")),
                _ if nth == 0 => Requirer::Application("app".to_owned()),
                by => Requirer::Blueprint(name(*of), versions[by % versions.len()].clone()),
            };
            Requirement {
                by,
                needs: name(*needs),
                constraint: CONSTRAINTS[*constraint].parse().unwrap(),
                place: Place::file(&TreePath::new("a.yaml").unwrap()),
            }
        };
        let requirements = needs.iter().enumerate().map(requirement).collect();
        (available, requirements)
    })
}

/// Whether everything that is needed is chosen, in versions that will do, and nothing else is.
fn is_solution(chosen: &Chosen, requirements: &[Requirement]) -> bool {
    let mut reached: BTreeSet<&BlueprintName> = BTreeSet::new();
    loop {
        let counts = |it: &&Requirement| match &it.by {
            Requirer::Application(_) => true,
            Requirer::Blueprint(name, version) => reached.contains(name) && chosen.get(name) == Some(version),
        };
        let active: Vec<_> = requirements.iter().filter(counts).collect();
        if !active
            .iter()
            .all(|it| chosen.get(&it.needs).is_some_and(|version| it.constraint.matches(version)))
        {
            return false;
        }
        let before = reached.len();
        reached.extend(active.iter().map(|it| &it.needs));
        if reached.len() == before {
            return reached.len() == chosen.len();
        }
    }
}

/// Every way to choose at most one version of each Blueprint that is a solution.
fn all_solutions(available: &Available, requirements: &[Requirement]) -> Vec<Chosen> {
    let mut ways = vec![Chosen::new()];
    for (name, versions) in available {
        let with = |way: &Chosen| -> Vec<Chosen> {
            let chosen = versions.iter().map(|version| {
                let mut way = way.clone();
                way.insert(name.clone(), version.clone());
                way
            });
            std::iter::once(way.clone()).chain(chosen).collect()
        };
        ways = ways.iter().flat_map(with).collect();
    }
    ways.retain(|way| is_solution(way, requirements));
    ways
}

/// Steps from each node to each other one, by trying all ways through a third.
fn distances(nodes: usize, edges: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut steps = vec![vec![usize::MAX / 2; nodes]; nodes];
    for &(from, to) in edges {
        steps[from][to] = 1;
    }
    for over in 0..nodes {
        for from in 0..nodes {
            for to in 0..nodes {
                steps[from][to] = steps[from][to].min(steps[from][over] + steps[over][to]);
            }
        }
    }
    steps
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_solution_is_found_exactly_when_there_is_one((available, requirements) in catalogue()) {
        let solutions = all_solutions(&available, &requirements);
        match solve(&available, &requirements, &Chosen::new()) {
            Ok(chosen) => {
                prop_assert!(solutions.contains(&chosen), "{:?} is none of {:?}", chosen, solutions);
                prop_assert_eq!(solve(&available, &requirements, &chosen).ok(), Some(chosen));
            }
            Err(conflict) => {
                prop_assert!(solutions.is_empty(), "{:?}, but {:?} will do", conflict.message, solutions[0]);
                prop_assert_eq!(conflict.rule.name, "version-conflict");
            }
        }
        // Whatever was locked and still fits is kept.
        for locked in solutions.iter().take(8) {
            let kept = solve(&available, &requirements, locked).ok();
            prop_assert_eq!(kept.as_ref(), Some(locked));
        }
    }

    #[test]
    fn the_order_of_requirements_does_not_matter((available, requirements) in catalogue()) {
        let reversed: Vec<_> = requirements.iter().rev().cloned().collect();
        let (one, other) = (solve(&available, &requirements, &Chosen::new()), solve(&available, &reversed, &Chosen::new()));
        prop_assert_eq!(one.map_err(|it| it.message), other.map_err(|it| it.message));
    }

    #[test]
    fn the_shortest_cycle_of_each_knot_is_shown(
        nodes in 1..12usize,
        edges in proptest::collection::vec((0..12usize, 0..12usize), 0..30),
    ) {
        let edges: Vec<(usize, usize)> = edges.into_iter().map(|(a, b)| (a % nodes, b % nodes)).collect();
        let names: Vec<String> = (0..nodes).map(|at| format!("n{at:02}")).collect();
        let named = |list: &mut dyn Iterator<Item = &(usize, usize)>| -> Vec<(String, String)> {
            list.map(|(a, b)| (names[*a].clone(), names[*b].clone())).collect()
        };
        let forward = named(&mut edges.iter());
        let backward = named(&mut edges.iter().rev());
        let found = cycles(forward.iter().map(|(a, b)| (a.as_str(), b.as_str())));
        prop_assert_eq!(&found, &cycles(backward.iter().map(|(a, b)| (a.as_str(), b.as_str()))));

        let steps = distances(nodes, &edges);
        let at = |name: &str| names.iter().position(|it| it == name).unwrap();
        let knot = |of: usize| -> Vec<usize> {
            (0..nodes).filter(|&it| steps[of][it] < nodes + 1 && steps[it][of] < nodes + 1).collect()
        };
        let knots: BTreeSet<Vec<usize>> = (0..nodes).map(knot).filter(|it| !it.is_empty()).collect();
        prop_assert_eq!(found.len(), knots.len());
        for cycle in &found {
            for (nth, from) in cycle.iter().enumerate() {
                let to = cycle[(nth + 1) % cycle.len()];
                prop_assert!(edges.contains(&(at(from), at(to))), "{:?} has no edge {} {}", cycle, from, to);
            }
            let shortest = knot(at(cycle[0])).into_iter().map(|it| steps[it][it]).min();
            prop_assert_eq!(shortest, Some(cycle.len()));
        }
    }
}
