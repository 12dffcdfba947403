//! `invalid-name`, for names that are put together: host names, releases, objects.
//!
//! Single names are checked when they are read. Here it is checked that what the naming rules make of them stays within the limits of DNS
//! (253 characters, 63 a label), of Kubernetes and of Helm (53 characters for a release).

use crate::{Facts, origin};
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_model::{Label, ObjectName};

/// Longest name of a Helm release.
const RELEASE: usize = 53;
/// Hosts of the control plane, the longest of them.
const CONTROL_PLANE: &str = "marketplace";

pub(crate) fn check(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) {
    hosts(facts, out);
    for item in &facts.objects {
        let (object, name) = (item.object, item.name);
        let wrong = match item.kind {
            "Namespace" | "Service" => Label::new(name).err(),
            // Names in RBAC are paths of any characters.
            "Role" | "RoleBinding" | "ClusterRole" | "ClusterRoleBinding" => None,
            _ => ObjectName::new(name).err(),
        };
        if let Some(error) = wrong {
            let place = origin::of(object, &origin::keys(&["metadata", "name"]));
            let message = format!("a {} cannot be named `{}`", item.kind, error.text);
            out.push(
                Diagnostic::new(&rule::INVALID_NAME, place, message)
                    .label(error.why)
                    .note(object.provenance.why.clone()),
            );
        }
        if item.kind != "HelmRelease" {
            continue;
        }
        let release = item.spec["releaseName"].as_str().unwrap_or_default();
        if release.len() > RELEASE {
            let place = origin::of(object, &origin::keys(&["spec", "releaseName"]));
            let message = format!("Helm release `{release}` has {} characters", release.len());
            out.push(
                Diagnostic::new(&rule::INVALID_NAME, place, message)
                    .label(format!("Helm admits {RELEASE}"))
                    .help("choose a shorter name"),
            );
        }
    }
}

fn hosts(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) {
    let plan = facts.subject.plan;
    let sovereign = plan.sovereign.place.child("spec").child("domain");
    let host = format!("{CONTROL_PLANE}.{}.{}", "hfmp", plan.sovereign.spec.domain);
    if let Some(why) = limit(&host) {
        out.push(too_long(&sovereign, &host, why));
        return;
    }
    for ((org, _), application) in &plan.applications {
        let organization = plan.organizations.get(org).map(|it| &it.organization);
        let own = organization
            .filter(|it| it.spec.domain.is_some())
            .map(|it| it.place.child("spec").child("domain"));
        for environment in application.environments.values() {
            if let Some(why) = limit(&environment.host) {
                out.push(too_long(own.as_ref().unwrap_or(&sovereign), &environment.host, why));
            }
        }
    }
}

fn too_long(place: &Place, host: &str, why: &str) -> Diagnostic {
    let shown: String = host.chars().take(60).collect();
    Diagnostic::new(
        &rule::INVALID_NAME,
        place.clone(),
        format!("host `{shown}…` has {} characters", host.len()),
    )
    .label(why)
    .help("choose a shorter domain")
}

/// What DNS holds against a host name.
fn limit(host: &str) -> Option<&'static str> {
    if host.len() > 253 {
        Some("a host name has at most 253 characters")
    } else if host.split('.').any(|label| label.len() > 63) {
        Some("a part of a host name has at most 63 characters")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::{RTZ, Scene, lines, object};
    use serde_json::json;

    #[test]
    fn names_within_the_limits_pass() {
        let mut scene = Scene::new();
        scene.vcluster("acme", "shop");
        let release = object(
            "helm.toolkit.fluxcd.io/v2",
            "HelmRelease",
            "flux-system/bp-x",
            json!({ "releaseName": "x" }),
        );
        scene.emit(
            &format!("demo/clusters/{RTZ}/x.yaml"),
            vec![release, object("v1", "Namespace", "x", json!({}))],
        );
        assert!(scene.run(check).is_empty());
    }

    #[test]
    fn names_beyond_them_are_found() {
        let mut scene = Scene::new();
        let long = "x".repeat(54);
        let release = object(
            "helm.toolkit.fluxcd.io/v2",
            "HelmRelease",
            "flux-system/bp-x",
            json!({ "releaseName": long }),
        );
        scene.emit(
            &format!("demo/clusters/{RTZ}/x.yaml"),
            vec![release, object("v1", "Namespace", "a.b", json!({}))],
        );
        let found = lines(&scene.run(check));
        assert!(found[0].ends_with("has 54 characters"), "{found:?}");
        assert_eq!(found[1], "invalid-name intent.yaml: a Namespace cannot be named `a.b`");
    }

    #[test]
    fn a_host_that_is_too_long_points_at_the_domain() {
        let mut scene = Scene::new();
        scene.vcluster("acme", "shop");
        let application = scene.plan.applications.values_mut().next().unwrap();
        let environment = application.environments.values_mut().next().unwrap();
        environment.host = format!("shop.acme-prod.{}", "a.".repeat(125));
        let found = scene.run(check);
        assert_eq!(found[0].primary.place.path().to_string(), "spec.domain");
    }
}
