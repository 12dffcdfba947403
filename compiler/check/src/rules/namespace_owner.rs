//! `namespace-owner`: each namespace of the kit is declared by exactly one slot (incident class B).
//!
//! Two declarations of one Namespace stop Kustomize; none leaves a release without a place to go. Namespaces that every cluster has are
//! declared by nobody.

use catalyst_diag::{Diagnostic, EditAction, rule};
use catalyst_model::BUILT_IN_NAMESPACES;
use catalyst_plan::Index;
use std::collections::BTreeMap;

pub(crate) fn check(index: &Index, out: &mut Vec<Diagnostic>) {
    let Some(kit) = &index.kit else { return };
    let place = |at: usize| kit.place.child("spec").child("slots").item(at);
    let mut owners: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, slot) in kit.spec.slots.iter().enumerate().filter(|(_, slot)| slot.owns_namespace) {
        owners.entry(slot.namespace()).or_default().push(at);
    }
    for (at, slot) in kit.spec.slots.iter().enumerate() {
        let name = slot.namespace();
        let owned = owners.get(name).map_or(&[] as &[usize], Vec::as_slice);
        let here = place(at).child(if slot.namespace.is_some() { "namespace" } else { "blueprint" });
        let disown = |found: Diagnostic| {
            let value = EditAction::Insert { key: "ownsNamespace".into(), value: false.into() };
            found.fix(
                format!("let slot {} use the namespace without declaring it", slot.id),
                place(at),
                value,
            )
        };
        if BUILT_IN_NAMESPACES.contains(&name) {
            if slot.owns_namespace {
                let message =
                    format!("slot {} declares namespace `{name}`, which every cluster has", slot.id);
                out.push(disown(Diagnostic::new(&rule::NAMESPACE_OWNER, here, message)));
            }
        } else if slot.owns_namespace && owned[0] != at {
            let message = format!("namespace `{name}` is declared by two slots");
            let found = Diagnostic::new(&rule::NAMESPACE_OWNER, here, message)
                .label(format!("slot {} declares it", slot.id))
                .other(place(owned[0]), format!("slot {} declares it first", kit.spec.slots[owned[0]].id));
            out.push(disown(found));
        } else if owned.is_empty() && !brought(index, name) {
            let message = format!("no slot declares namespace `{name}`");
            let value = EditAction::Insert { key: "ownsNamespace".into(), value: true.into() };
            out.push(
                Diagnostic::new(&rule::NAMESPACE_OWNER, here, message)
                    .label(format!("slot {} installs into it", slot.id))
                    .fix(format!("let slot {} declare it", slot.id), place(at), value),
            );
            // One slot that declares it is enough for all.
            owners.insert(name, vec![at]);
        }
    }
}

/// Whether phase 0 or somebody outside brings a namespace.
fn brought(index: &Index, name: &str) -> bool {
    let phase_zero = index.kit.iter().flat_map(|it| &it.spec.phase_zero.provides.namespaces);
    let externs = index.project.iter().flat_map(|it| &it.spec.externs);
    phase_zero.into_iter().any(|it| it.name == name)
        || externs.into_iter().any(|it| it.kind == "Namespace" && it.name == name)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::{index, lines, project};
    use catalyst_diag::EditAction;
    use serde_json::json;

    fn run(slots: serde_json::Value) -> Vec<catalyst_diag::Diagnostic> {
        project(check, &index(&[("kit.yaml", "Kit", "kit", json!({ "slots": slots }))]))
    }

    #[test]
    fn one_owner_each() {
        let found = run(json!([
            { "id": "01", "blueprint": "bp-cilium", "namespace": "kube-system", "ownsNamespace": false },
            { "id": "04", "blueprint": "bp-crossplane", "namespace": "crossplane-system" },
            { "id": "14", "blueprint": "bp-claims", "namespace": "crossplane-system", "ownsNamespace": false },
        ]));
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn a_built_in_namespace_is_not_declared() {
        let found = run(json!([{ "id": "01", "blueprint": "bp-cilium", "namespace": "kube-system" }]));
        assert_eq!(
            lines(&found),
            [
                "namespace-owner kit.yaml:spec.slots[0].namespace: slot 01 declares namespace `kube-system`, which every \
                 cluster has"
            ]
        );
        let edit = &found[0].fix.as_ref().unwrap().edits[0].action;
        assert_eq!(*edit, EditAction::Insert { key: "ownsNamespace".into(), value: false.into() });
    }

    #[test]
    fn two_owners_and_none() {
        let found = run(json!([
            { "id": "01", "blueprint": "bp-a", "namespace": "x" },
            { "id": "02", "blueprint": "bp-b", "namespace": "x" },
            { "id": "03", "blueprint": "bp-c", "ownsNamespace": false },
        ]));
        assert_eq!(
            lines(&found),
            [
                "namespace-owner kit.yaml:spec.slots[1].namespace: namespace `x` is declared by two slots",
                "namespace-owner kit.yaml:spec.slots[2].blueprint: no slot declares namespace `c`",
            ]
        );
    }
}
