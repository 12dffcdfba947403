//! `label-vocabulary`: objects carry the labels of domain.md 13.3, with values that Kubernetes admits.
//!
//! One label that the API server refuses makes it refuse the whole object, so emitters leave such a label out; here it is said which line of
//! intent made it illegal. Every object names its Sovereign and who reconciles it: without the first, nothing finds what belongs to a
//! Sovereign; without the second, the policy of the platform refuses the object.

use crate::{Facts, origin};
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_model::{BuildingBlock, ClusterName, EnvType, Metadata, Provider, labels};
use catalyst_plan::{EmittedObject, Index};
use std::collections::BTreeSet;

/// Labels that intent carries itself.
pub(crate) fn intent(index: &Index, out: &mut Vec<Diagnostic>) {
    each_metadata(index, &mut |metadata, place| {
        for (key, value) in &metadata.labels {
            if let Err(why) = labels::check_value(value) {
                let at = place.child("metadata").child("labels").child(key);
                out.push(illegal(at, key, value, why));
            }
        }
    });
}

fn each_metadata(index: &Index, each: &mut dyn FnMut(&Metadata, &Place)) {
    macro_rules! all {
        ($($documents:expr),*) => { $(for it in $documents { each(&it.value.metadata, &it.place); })* };
    }
    all!(
        index.project.iter(),
        index.kit.iter(),
        index.catalogue.blueprints.values().flatten().map(|it| &it.blueprint)
    );
    for sovereign in index.sovereigns.values() {
        all!(
            [&sovereign.sovereign],
            sovereign.environment_policies.values(),
            sovereign.secret_policies.values(),
            sovereign.runbooks.values(),
            sovereign.user_accesses.values()
        );
        for it in sovereign.organizations.values() {
            all!(
                [&it.organization],
                it.environments.values(),
                it.applications.values(),
                it.continuums.values()
            );
        }
    }
}

fn illegal(place: Place, key: &str, value: &str, why: &str) -> Diagnostic {
    let shown: String = value.chars().take(80).collect();
    Diagnostic::new(&rule::LABEL_VOCABULARY, place, format!("`{shown}` is no value for label `{key}`"))
        .label(why)
}

/// Labels of emitted objects.
pub(crate) fn emitted(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) {
    let broken = causes(facts, out);
    for item in &facts.objects {
        let (mut sovereign, mut manager) =
            (broken.contains(labels::SOVEREIGN), broken.contains(labels::MANAGED_BY));
        for (key, value) in item.labels.into_iter().flatten() {
            sovereign |= key == labels::SOVEREIGN;
            manager |= key == labels::MANAGED_BY;
            if broken.contains(key.as_str()) {
                continue;
            }
            let text = value.as_str();
            if let Err(why) = text.ok_or("a label value is a string").and_then(|it| admitted(key, it)) {
                out.push(illegal(place(item.object, key), key, text.unwrap_or_default(), why));
            }
        }
        for (key, there) in [(labels::SOVEREIGN, sovereign), (labels::MANAGED_BY, manager)] {
            if !there {
                let provenance = &item.object.provenance;
                let message = format!("{} `{}` lacks label `{key}`", item.kind, item.name);
                out.push(
                    Diagnostic::new(&rule::LABEL_VOCABULARY, provenance.place.clone(), message)
                        .note(provenance.why.clone())
                        .help(
                            "this is a fault of the emitter; please report it with the intent that shows it",
                        ),
                );
            }
        }
    }
}

fn place(object: &EmittedObject, key: &str) -> Place {
    origin::of(object, &origin::keys(&["metadata", "labels", key]))
}

/// What intent makes illegal label values of; the keys that emitters therefore leave out.
fn causes(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) -> BTreeSet<&'static str> {
    let plan = facts.subject.plan;
    let mut broken = BTreeSet::new();
    let domain = plan.sovereign.spec.domain.as_str();
    if let Err(why) = labels::check_value(domain) {
        broken.insert(labels::SOVEREIGN);
        let at = plan.sovereign.place.child("spec").child("domain");
        out.push(
            illegal(at, labels::SOVEREIGN, domain, why)
                .help("choose a shorter domain: every object carries it"),
        );
    }
    let releases = plan.clusters.values().flat_map(|it| it.releases.values());
    let releases = releases.map(|it| (&it.version, &it.entry));
    let environments = plan.applications.values().flat_map(|it| it.environments.values());
    let environments = environments.map(|it| (&it.version, &it.entry));
    let mut seen = BTreeSet::new();
    for (version, entry) in releases.chain(environments) {
        let label = version.label();
        if let Err(why) = labels::check_value(&label)
            && seen.insert(&entry.blueprint.place)
        {
            broken.insert(labels::BLUEPRINT_VERSION);
            let at = entry.blueprint.place.child("spec").child("version");
            out.push(
                illegal(at, labels::BLUEPRINT_VERSION, &label, why).help("choose a shorter pre-release"),
            );
        }
    }
    broken
}

/// What a key of the vocabulary admits; other keys admit what Kubernetes does.
fn admitted(key: &str, value: &str) -> Result<(), &'static str> {
    // In the shared kit, the domain is a variable until Flux puts it in.
    if value.starts_with("${") && value.ends_with('}') {
        return Ok(());
    }
    labels::check_value(value)?;
    let known = match key {
        labels::PROVIDER => Provider::ALL.iter().any(|it| it.as_str() == value),
        labels::BUILDING_BLOCK => BuildingBlock::ALL.iter().any(|it| it.as_str() == value),
        labels::ENV_TYPE => EnvType::ALL.iter().any(|it| it.as_str() == value),
        labels::HOST_CLUSTER => value.parse::<ClusterName>().is_ok(),
        labels::MANAGED_BY => matches!(value, "flux" | "crossplane" | "opentofu" | "manual"),
        _ => !(labels::ALL.contains(&key) && value.is_empty()),
    };
    if known { Ok(()) } else { Err("the vocabulary has no such value") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{RTZ, Scene, index, lines, object, project};
    use catalyst_plan::Sourced;
    use serde_json::json;

    fn emit(labels: serde_json::Value) -> Vec<String> {
        let mut scene = Scene::new();
        let object = object("v1", "Namespace", "x", json!({ "metadata": { "labels": labels } }));
        scene.emit(&format!("demo/clusters/{RTZ}/x.yaml"), vec![object]);
        scene.run(emitted).into_iter().map(|it| it.message).collect()
    }

    #[test]
    fn labels_of_the_vocabulary_pass() {
        assert!(
            emit(json!({ "openova.io/sovereign": "t38.omani.works", "openova.io/managed-by": "flux" }))
                .is_empty()
        );
        assert!(
            emit(json!({ "openova.io/sovereign": "${SOVEREIGN_FQDN}", "openova.io/managed-by": "flux" }))
                .is_empty()
        );
    }

    #[test]
    fn missing_and_illegal_labels_are_found() {
        assert_eq!(
            emit(json!({ "openova.io/managed-by": "argo", "openova.io/env-type": "dr" })),
            [
                "`argo` is no value for label `openova.io/managed-by`",
                "`dr` is no value for label `openova.io/env-type`",
                "Namespace `x` lacks label `openova.io/sovereign`",
            ]
        );
    }

    #[test]
    fn a_long_domain_is_shown_where_it_is_written() {
        let mut scene = Scene::new();
        let domain = format!("{}.omani.works", "a".repeat(60));
        let crate::testing::Intent::Sovereign(long) =
            crate::testing::intent("Sovereign", "demo", json!({ "domain": domain }))
        else {
            unreachable!()
        };
        scene.plan.sovereign = Sourced { value: long, place: crate::testing::place("sovereign.yaml") };
        let object = object(
            "v1",
            "Namespace",
            "x",
            json!({ "metadata": { "labels": { "openova.io/managed-by": "flux" } } }),
        );
        scene.emit(&format!("demo/clusters/{RTZ}/x.yaml"), vec![object]);
        let found = scene.run(emitted);
        assert_eq!(found.len(), 1);
        assert!(lines(&found)[0].starts_with("label-vocabulary sovereign.yaml:spec.domain"));
    }

    #[test]
    fn labels_of_intent_are_legal() {
        let mut index = index(&[("sovereign.yaml", "Sovereign", "demo", json!({}))]);
        let label = |index: &mut Index, value: &str| {
            let intent = std::sync::Arc::make_mut(index.sovereigns.values_mut().next().unwrap());
            let sovereign = std::sync::Arc::make_mut(&mut intent.sovereign.value);
            sovereign.metadata.labels.insert("team".into(), value.into());
        };
        label(&mut index, "platform");
        assert!(project(super::intent, &index).is_empty());
        label(&mut index, "platform team");
        assert_eq!(
            lines(&project(super::intent, &index)),
            [
                "label-vocabulary sovereign.yaml:metadata.labels.team: `platform team` is no value for label `team`"
            ]
        );
    }
}
