//! `dependency-drift`: an edge of the graph is written once (design.md, "one graph, many printers").
//!
//! Edges live in the `depends` of Blueprints; the kit adds edges that only order. An `after` that repeats an unconditional dependency is a
//! second copy, and copies drift: when the Blueprint drops the dependency, the kit would still order by it. An `after` beside a conditional
//! dependency is no copy, since it orders where the condition is false. Two `after` for one Blueprint are one too many. A Blueprint
//! without the key `depends` has declared nothing, which is not a difference.

use catalyst_diag::{Diagnostic, EditAction, rule};
use catalyst_plan::Index;
use std::collections::BTreeMap;

pub(crate) fn check(index: &Index, out: &mut Vec<Diagnostic>) {
    let Some(kit) = &index.kit else { return };
    for (at, slot) in kit.spec.slots.iter().enumerate() {
        let entries = index.catalogue.entries(&slot.blueprint);
        let entry =
            entries.iter().rfind(|it| slot.version.matches(&it.blueprint.spec.version)).or(entries.last());
        let mut seen = BTreeMap::new();
        for (number, after) in slot.after.iter().enumerate() {
            let list = kit.place.child("spec").child("slots").item(at).child("after");
            let place = list.item(number);
            let repeat = |whence, text: String| {
                Diagnostic::new(
                    &rule::DEPENDENCY_DRIFT,
                    place.child("blueprint"),
                    format!("slot {} comes after `{}` twice", slot.id, after.blueprint),
                )
                .other(whence, text)
                .fix("take out the repeated edge", place.clone(), EditAction::Remove)
            };
            if let Some(first) = seen.insert(&after.blueprint, number) {
                out.push(repeat(list.item(first), "the same edge".into()));
                continue;
            }
            let depends = entry.iter().flat_map(|it| it.blueprint.spec.depends.iter().flatten().enumerate());
            let same =
                depends.into_iter().find(|(_, it)| it.blueprint == after.blueprint && it.when.is_none());
            if let (Some((dependency, _)), Some(entry)) = (same, entry) {
                let whence = entry.blueprint.place.child("spec").child("depends").item(dependency);
                out.push(repeat(whence, format!("`{}` depends on it", slot.blueprint)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::{fix, index, lines, project};
    use catalyst_diag::EditAction;
    use serde_json::json;

    fn run(depends: serde_json::Value) -> Vec<catalyst_diag::Diagnostic> {
        let slot =
            json!({ "id": "02", "blueprint": "bp-b", "after": [{ "blueprint": "bp-a", "reason": "It." }] });
        project(
            check,
            &index(&[
                ("platform/b/blueprint.yaml", "Blueprint", "bp-b", json!({ "depends": depends })),
                ("kit.yaml", "Kit", "kit", json!({ "slots": [{ "id": "01", "blueprint": "bp-a" }, slot] })),
            ]),
        )
    }

    #[test]
    fn an_edge_of_the_kit_alone_passes() {
        assert!(run(json!([])).is_empty());
        assert!(run(json!([{ "blueprint": "bp-a", "when": "{{ config.ha }}" }])).is_empty());
    }

    #[test]
    fn a_repeated_edge_is_taken_out() {
        let found = run(json!([{ "blueprint": "bp-a" }]));
        assert_eq!(
            lines(&found),
            ["dependency-drift kit.yaml:spec.slots[1].after[0].blueprint: slot 02 comes after `bp-a` twice"]
        );
        assert_eq!(fix(&found), Some(EditAction::Remove));
    }
}
