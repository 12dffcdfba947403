//! `undefined-slot`: what the kit says about its own slots names slots that are there: members of phases, and the components that phase 0
//! installs. What Sovereigns and Blueprints say about slots is checked when the kit is resolved.

use catalyst_diag::{Diagnostic, EditAction, rule, suggest};
use catalyst_plan::Index;
use std::collections::BTreeSet;

pub(crate) fn check(index: &Index, out: &mut Vec<Diagnostic>) {
    let Some(kit) = &index.kit else { return };
    let spec = kit.place.child("spec");
    let ids: BTreeSet<_> = kit.spec.slots.iter().map(|slot| slot.id).collect();
    for (name, phase) in &kit.spec.phases {
        for (at, id) in phase.slots.iter().enumerate().filter(|(_, id)| !ids.contains(id)) {
            let place = spec.child("phases").child(name).child("slots").item(at);
            out.push(
                Diagnostic::new(
                    &rule::UNDEFINED_SLOT,
                    place.clone(),
                    format!("phase `{name}` names slot {id}, which is not in the kit"),
                )
                .fix(format!("take {id} out of the phase"), place, EditAction::Remove),
            );
        }
    }
    let known: BTreeSet<&str> =
        kit.spec.slots.iter().flat_map(|it| [it.blueprint.as_str(), it.blueprint.short()]).collect();
    for component in kit.spec.phase_zero.versions.keys().filter(|it| !known.contains(it.as_str())) {
        let place = spec.child("phaseZero").child("versions").child(component).on_key();
        let message = format!("phase 0 installs `{component}`, which no slot adopts");
        let found = Diagnostic::new(&rule::UNDEFINED_SLOT, place.clone(), message);
        out.push(match suggest::nearest(component, known.iter().copied()) {
            Some(near) => found.label(format!("did you mean `{near}`?")).fix(
                format!("rename `{component}` to `{near}`"),
                place,
                EditAction::RenameKey(near.into()),
            ),
            None => found.help("name the Blueprint that takes the component over"),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::{index, lines, project};
    use serde_json::json;

    #[test]
    fn known_slots_pass_and_unknown_ones_are_found() {
        let kit = |member: &str, component: &str| {
            let spec = json!({
                "slots": [{ "id": "01", "blueprint": "bp-cilium" }],
                "phases": { "cold": { "slots": [member], "purpose": "It." } },
                "phaseZero": { "versions": { component: "1.0.0" } },
            });
            project(check, &index(&[("kit.yaml", "Kit", "kit", spec)]))
        };
        assert!(kit("01", "cilium").is_empty());
        let found = kit("02", "cillium");
        assert_eq!(
            lines(&found),
            [
                "undefined-slot kit.yaml:spec.phases.cold.slots[0]: phase `cold` names slot 02, which is not in the kit",
                "undefined-slot kit.yaml:spec.phaseZero.versions.cillium: phase 0 installs `cillium`, which no slot adopts",
            ]
        );
        assert_eq!(found[1].primary.text, "did you mean `cilium`?");
    }
}
