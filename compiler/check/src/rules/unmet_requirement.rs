//! `unmet-requirement`: what a Blueprint requires inside its cluster is provided there (incident classes A and G).
//!
//! Every Blueprint states an interface, so a whole platform is checked without a chart at hand. A requirement is met by the release itself,
//! by a release it comes after, by phase 0, by the target, by an object of the tree, or by an extern. An Application's Blueprint is asked
//! for APIs alone, and only for those it needs under every config: what else it requires becomes a Secret of its Environment or a
//! dependency. APIs of the host's kit count as served in its vClusters.

use crate::facts::{Facts, Realm};
use crate::parts;
use crate::requirements::{gaps, is_served, names};
use crate::rules::undeclared_extern::declare;
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_model::BlueprintName;
use catalyst_plan::{Capability, VClusterPlan};

pub(crate) fn check(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) {
    gaps(facts, &mut |gap| {
        if gap.late.is_none() {
            out.push(unmet(facts, gap.realm, gap.name, gap.wanted, gap.place));
        }
    });
    parts::check(facts, out);
    for realm in &facts.realms {
        if let Some(vcluster) = realm.vcluster {
            applications(facts, realm, vcluster, out);
        }
    }
}

fn unmet(
    facts: &Facts<'_>,
    realm: &Realm<'_>,
    name: &BlueprintName,
    wanted: &Capability,
    place: &Place,
) -> Diagnostic {
    let message = format!("`{name}` requires {wanted}, and nothing provides it");
    let mut found = Diagnostic::new(&rule::UNMET_REQUIREMENT, place.clone(), message)
        .note(format!("in {realm} of Sovereign `{}`", facts.subject.plan.facts.name));
    if let Capability::Api { group, kind, version } = wanted {
        for (other, place) in realm.cluster.releases.values().flat_map(|it| &it.interface.provides) {
            if matches!(other, Capability::Api { group: g, kind: k, version: v } if g == group && k == kind && v != version)
            {
                return found
                    .other(place.clone(), format!("provides {other}"))
                    .help("require the version that is provided");
            }
        }
    }
    let elsewhere = facts
        .subject
        .plan
        .clusters
        .values()
        .flat_map(|it| it.releases.iter())
        .find(|(_, release)| release.interface.provides.iter().any(|(given, _)| given == wanted));
    if let Some((provider, release)) = elsewhere {
        return found
            .other(release.place.clone(), format!("`{provider}` provides it in another cluster"))
            .help(format!(
                "let `{name}` depend on `{provider}`: its slot is then widened to where it is used"
            ));
    }
    let known = catalogue(facts, wanted);
    if !known.is_empty() {
        let names: Vec<String> = known.iter().map(|it| format!("`{it}`")).collect();
        found = found.help(format!("{} would provide it: give it a slot", names.join(" or ")));
    }
    match wanted {
        Capability::Api { group, kind, .. } => {
            let plural = format!("{}s.{group}", kind.to_lowercase());
            found.help(declare(facts, "CustomResourceDefinition", "", &plural))
        }
        Capability::Named { kind, name, namespace } => {
            found.help(declare(facts, kind, namespace.as_deref().unwrap_or_default(), name))
        }
    }
}

/// Blueprints of the catalogue that provide something, at most three.
fn catalogue<'a>(facts: &Facts<'a>, wanted: &Capability) -> Vec<&'a BlueprintName> {
    let provides = |entry: &catalyst_plan::CatalogEntry| {
        let interface = &entry.blueprint.value.spec.provides;
        match wanted {
            Capability::Api { group, version, kind } => interface
                .apis
                .iter()
                .any(|it| it.group == *group && it.version == *version && it.kinds.contains(kind)),
            Capability::Named { kind, name, namespace } => {
                let short = entry.blueprint.value.name.short();
                let own = namespace.as_deref().unwrap_or_default();
                names(interface, kind, own, name) || own == short && names(interface, kind, "", name)
            }
        }
    };
    let all = facts.subject.index.catalogue.blueprints.iter();
    all.filter(|(_, entries)| entries.iter().any(provides)).map(|(name, _)| name).take(3).collect()
}

/// What the Applications of a vCluster need of its API server. APIs of the host's kit are there for its Organizations.
fn applications(facts: &Facts<'_>, realm: &Realm<'_>, vcluster: &VClusterPlan, out: &mut Vec<Diagnostic>) {
    for (environment, install) in facts.environments(vcluster) {
        let blueprint = &environment.entry.blueprint;
        for (at, api) in blueprint.spec.requires.apis.iter().enumerate().filter(|(_, it)| it.when.is_none()) {
            for kind in &api.kinds {
                if is_served(facts, realm, &api.group, &api.version, kind) {
                    continue;
                }
                let place = blueprint.place.child("spec").child("requires").child("apis").item(at);
                let wanted = Capability::Api {
                    group: api.group.clone(),
                    version: api.version.clone(),
                    kind: kind.clone(),
                };
                out.push(unmet(facts, realm, &blueprint.name, &wanted, &place).other(
                    install.place.clone(),
                    format!("Application `{}` runs it in {realm}", install.app),
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::{MGT, RTZ, Scene, api, lines, named};
    use serde_json::json;

    #[test]
    fn what_comes_before_or_from_outside_will_do() {
        let mut scene = Scene::new();
        scene.document(
            "catalyst.yaml",
            "Project",
            "p",
            json!({ "externs": [
            { "kind": "CustomResourceDefinition", "name": "widgets.example.org", "by": "x", "reason": "x" },
            { "kind": "Secret", "name": "tsig", "namespace": "c", "by": "x", "reason": "x" } ] }),
        );
        scene.document(
            "kit.yaml",
            "Kit",
            "kit",
            json!({ "phaseZero": { "provides": { "storageClasses": [{ "name": "default" }] } } }),
        );
        let cluster = api("postgresql.cnpg.io/v1 Cluster");
        scene.release(RTZ, "bp-a", std::slice::from_ref(&cluster), &[], &[]);
        scene.release(RTZ, "bp-b", &[], &[], &["bp-a"]);
        let wanted = [
            cluster,
            api("example.org/v1 Widget"),
            api("apps/v1 Deployment"),
            named("Secret", "c/tsig"),
            named("StorageClass", "default"),
        ];
        scene.release(RTZ, "bp-c", &[], &wanted, &["bp-b"]);
        assert_eq!(lines(&scene.run(check)), [] as [&str; 0]);
    }

    #[test]
    fn nothing_in_the_cluster_is_unmet() {
        let mut scene = Scene::new();
        let secret = named("Secret", "cnpg/x");
        scene.document(
            "b.yaml",
            "Blueprint",
            "bp-cnpg",
            json!({ "provides": { "secrets": [{ "name": "x" }] } }),
        );
        scene.release(RTZ, "bp-a", &[], std::slice::from_ref(&secret), &[]);
        let found = scene.run(check);
        assert_eq!(
            lines(&found),
            [
                "unmet-requirement platform/a/blueprint.yaml:spec.requires[0]: `bp-a` requires Secret `cnpg/x`, and nothing provides it"
            ]
        );
        assert_eq!(found[0].help[0], "`bp-cnpg` would provide it: give it a slot");
        scene.release(MGT, "bp-cnpg", &[secret], &[], &[]);
        assert!(scene.run(check)[0].help[0].contains("widened"));
    }

    #[test]
    fn another_version_is_named() {
        let mut scene = Scene::new();
        scene.release(RTZ, "bp-a", &[], &[api("external-secrets.io/v1 ExternalSecret")], &["bp-b"]);
        scene.release(RTZ, "bp-b", &[api("external-secrets.io/v1beta1 ExternalSecret")], &[], &[]);
        assert_eq!(scene.run(check)[0].help, ["require the version that is provided"]);
    }

    #[test]
    fn an_application_needs_its_apis_in_the_vcluster() {
        let mut scene = Scene::new();
        scene.vcluster("acme", "shop");
        let (_, application) = scene.plan.applications.iter_mut().next().unwrap();
        application.environments.values_mut().next().unwrap().entry = Scene::entry(
            "bp-shop",
            json!({ "requires": { "apis": [{ "group": "cert-manager.io", "version": "v1", "kinds": ["Certificate"] }] } }),
        );
        assert_eq!(scene.run(check).len(), 1);
        scene.release(RTZ, "bp-cert-manager", &[api("cert-manager.io/v1 Certificate")], &[], &[]);
        assert!(scene.run(check).is_empty());
    }
}
