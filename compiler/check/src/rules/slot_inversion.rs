//! `slot-inversion`: a slot that comes after one with a higher number (domain.md 9.4).
//!
//! Numbers carry no order, so this is allowed and not shown; a project that wants its numbers to tell the order raises the level.

use crate::Facts;
use catalyst_diag::{Diagnostic, rule};

pub(crate) fn check(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) {
    let nodes = &facts.subject.resolution.kit.nodes;
    for (name, node) in nodes {
        for edge in node.edges.iter().filter(|edge| edge.active) {
            let Some(earlier) = nodes.get(&edge.to).filter(|it| it.slot.id > node.slot.id) else { continue };
            let message = format!(
                "slot {}, `{name}`, comes after slot {}, `{}`",
                node.slot.id, earlier.slot.id, edge.to
            );
            out.push(
                Diagnostic::new(&rule::SLOT_INVERSION, node.place.child("id"), message)
                    .other(edge.place.clone(), "the edge")
                    .other(earlier.place.child("id"), "the higher number"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::{Scene, lines};

    #[test]
    fn only_edges_to_higher_numbers_are_found() {
        let mut scene = Scene::new();
        scene.node("09", "bp-keycloak", &["bp-cert-manager"]);
        scene.node("02", "bp-cert-manager", &[]);
        assert!(scene.run(check).is_empty());
        scene.node("11", "bp-powerdns", &["bp-cnpg"]);
        scene.node("16", "bp-cnpg", &[]);
        assert_eq!(
            lines(&scene.run(check)),
            [
                "slot-inversion kit.yaml:spec.slots[0].id: slot 11, `bp-powerdns`, comes after slot 16, `bp-cnpg`"
            ]
        );
    }
}
