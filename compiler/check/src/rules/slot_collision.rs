//! `slot-collision`: a slot id stands once, a reserved id stays empty, and a Blueprint has one slot.
//!
//! Resolution takes the first of two slots for one Blueprint, so the second would be silently absent from every Sovereign.

use catalyst_diag::{Diagnostic, rule};
use catalyst_plan::Index;
use std::collections::BTreeMap;

pub(crate) fn check(index: &Index, out: &mut Vec<Diagnostic>) {
    let Some(kit) = &index.kit else { return };
    let spec = kit.place.child("spec");
    let place = |at: usize, key: &str| spec.child("slots").item(at).child(key);
    let (mut ids, mut blueprints) = (BTreeMap::new(), BTreeMap::new());
    for (at, slot) in kit.spec.slots.iter().enumerate() {
        let first = *ids.entry(slot.id).or_insert(at);
        if first != at {
            let message = format!("slot {} stands twice", slot.id);
            out.push(
                Diagnostic::new(&rule::SLOT_COLLISION, place(at, "id"), message)
                    .other(
                        place(first, "id"),
                        format!("slot {} installs `{}`", slot.id, kit.spec.slots[first].blueprint),
                    )
                    .help("give it a free id: the number carries no order"),
            );
        }
        if let Some(reason) = kit.spec.reserved.get(&slot.id) {
            let why = spec.child("reserved").child(&slot.id.to_string());
            out.push(
                Diagnostic::new(
                    &rule::SLOT_COLLISION,
                    place(at, "id"),
                    format!("slot {} is reserved", slot.id),
                )
                .other(why, reason.trim())
                .help("give it a free id, or end the reservation"),
            );
        }
        let first = *blueprints.entry(&slot.blueprint).or_insert(at);
        if first != at {
            let message = format!("`{}` has two slots", slot.blueprint);
            out.push(
                Diagnostic::new(&rule::SLOT_COLLISION, place(at, "blueprint"), message)
                    .label("this one is left out")
                    .other(place(first, "blueprint"), format!("slot {}", kit.spec.slots[first].id))
                    .help("a kit installs a Blueprint once: take one of them out"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::{index, lines, project};
    use serde_json::json;

    #[test]
    fn each_slot_is_its_own() {
        let kit = json!({
            "slots": [{ "id": "01", "blueprint": "bp-a" }, { "id": "06a", "blueprint": "bp-b" }],
            "reserved": { "06": "It held SPIRE." },
        });
        assert!(project(check, &index(&[("kit.yaml", "Kit", "kit", kit)])).is_empty());
    }

    #[test]
    fn collisions_are_found() {
        let kit = json!({
            "slots": [
                { "id": "01", "blueprint": "bp-a" },
                { "id": "01", "blueprint": "bp-b" },
                { "id": "06", "blueprint": "bp-a" },
            ],
            "reserved": { "06": "It held SPIRE." },
        });
        assert_eq!(
            lines(&project(check, &index(&[("kit.yaml", "Kit", "kit", kit)]))),
            [
                "slot-collision kit.yaml:spec.slots[1].id: slot 01 stands twice",
                "slot-collision kit.yaml:spec.slots[2].id: slot 06 is reserved",
                "slot-collision kit.yaml:spec.slots[2].blueprint: `bp-a` has two slots",
            ]
        );
    }
}
