//! `phase-not-closed`: what the dependency closure adds to a phase of the kit (domain.md 9.4).
//!
//! A phase stands for its closure, so this is no mistake; but whoever reads the list should know what comes along, and why. Which edges hold
//! depends on the Sovereign; the finding says the same for all that share the edge.

use crate::Facts;
use catalyst_diag::{Diagnostic, rule};
use catalyst_model::BlueprintName;
use catalyst_plan::KitEdge;
use std::collections::{BTreeMap, VecDeque};

pub(crate) fn check(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) {
    let Some(kit) = &facts.subject.index.kit else { return };
    let nodes = &facts.subject.resolution.kit.nodes;
    for (phase, members) in &kit.spec.phases {
        let mut queue: VecDeque<&BlueprintName> = nodes
            .iter()
            .filter(|(_, node)| members.slots.contains(&node.slot.id))
            .map(|(name, _)| name)
            .collect();
        let mut cause: BTreeMap<&BlueprintName, Option<(&BlueprintName, &KitEdge)>> =
            queue.iter().map(|name| (*name, None)).collect();
        while let Some(from) = queue.pop_front() {
            let edges = nodes.get(from).into_iter().flat_map(|node| &node.edges);
            for edge in edges.filter(|edge| edge.active && nodes.contains_key(&edge.to)) {
                if !cause.contains_key(&edge.to) {
                    cause.insert(&edge.to, Some((from, edge)));
                    queue.push_back(&edge.to);
                }
            }
        }
        let place = kit.place.child("spec").child("phases").child(phase).child("slots");
        for (name, why) in cause {
            let (Some((from, edge)), Some(node)) = (why, nodes.get(name)) else { continue };
            let message = format!("phase `{phase}` also installs slot {}, `{name}`", node.slot.id);
            out.push(
                Diagnostic::new(&rule::PHASE_NOT_CLOSED, place.clone(), message)
                    .other(edge.place.clone(), format!("`{from}` comes after it"))
                    .help(format!("nothing has to change; list {} to say so yourself", node.slot.id)),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::{Scene, lines};
    use serde_json::json;

    fn run(members: &[&str]) -> Vec<String> {
        let mut scene = Scene::new();
        scene.document(
            "kit.yaml",
            "Kit",
            "kit",
            json!({ "phases": { "cold": { "slots": members, "purpose": "It." } } }),
        );
        scene.node("19", "bp-harbor", &["bp-cnpg"]);
        scene.node("16", "bp-cnpg", &["bp-flux"]);
        scene.node("03", "bp-flux", &[]);
        lines(&scene.run(check))
    }

    #[test]
    fn additions_are_named_with_their_cause() {
        assert!(run(&["03", "16", "19"]).is_empty());
        assert_eq!(
            run(&["03", "19"]),
            [
                "phase-not-closed kit.yaml:spec.phases.cold.slots: phase `cold` also installs slot 16, `bp-cnpg`"
            ]
        );
    }
}
