//! `duplicate-object`: an object has one owner in a cluster (incident class B).
//!
//! Two Kustomizations that apply one object take it from each other at every reconciliation; twice in one build, Kustomize stops.

use crate::Facts;
use catalyst_diag::{Diagnostic, rule};

pub(crate) fn check(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) {
    for realm in &facts.realms {
        for (first, later) in &realm.duplicates {
            let (first, item) = (&realm.items[*first], &realm.items[*later]);
            // One file that two overlays list is one object.
            if std::ptr::eq(first.object, item.object) {
                continue;
            }
            // Who takes a namespace of a host cluster twice is said by `namespace-owner` and `reserved-name`.
            if item.kind == "Namespace" && realm.vcluster.is_none() {
                continue;
            }
            let found = Diagnostic::new(
                &rule::DUPLICATE_OBJECT,
                item.object.provenance.place.clone(),
                format!("{item} is emitted twice for {realm}"),
            )
            .label(item.object.provenance.why.clone())
            .note(format!("it stands in `{}` and in `{}`", first.file, item.file));
            let found = if first.object.provenance.place == item.object.provenance.place {
                found
            } else {
                found.other(first.object.provenance.place.clone(), first.object.provenance.why.clone())
            };
            out.push(found.help("give one of them another name or namespace, or take it out"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::{MGT, RTZ, Scene, lines, object};
    use serde_json::json;

    #[test]
    fn one_object_in_one_cluster() {
        let config = |name: &str| object("v1", "ConfigMap", &format!("x/{name}"), json!({}));
        let mut scene = Scene::new();
        scene.emit(&format!("demo/clusters/{RTZ}/a.yaml"), vec![config("a")]);
        scene.emit(&format!("demo/clusters/{MGT}/a.yaml"), vec![config("a")]);
        assert!(scene.run(check).is_empty());
        scene.emit(&format!("demo/clusters/{RTZ}/b/b.yaml"), vec![config("a"), config("b")]);
        assert_eq!(
            lines(&scene.run(check)),
            ["duplicate-object intent.yaml: ConfigMap `x/a` is emitted twice for hz-fsn-rtz-prod"]
        );
    }
}
