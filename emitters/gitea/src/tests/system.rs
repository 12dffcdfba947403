//! The repositories of the `system` organization.

use super::*;

#[test]
fn folders_list_what_is_in_them() {
    let mut plan = plan(Vec::new());
    plan.applications.clear();
    let file = |repository, path: &str, kind: &str, name: &str| ConfigFile {
        repository,
        path: path.into(),
        object: json!({ "apiVersion": "catalyst.openova.io/v1", "kind": kind, "metadata": { "name": name }, "spec": {} }),
        place: place("sovereigns/omantel/policies/all.yaml"),
    };
    plan.config = vec![
        file("catalyst-config", "policies/acme-stg-policy.yaml", "EnvironmentPolicy", "acme-stg-policy"),
        file("catalyst-config", "policies/acme-prod-policy.yaml", "EnvironmentPolicy", "acme-prod-policy"),
        file("catalyst-config", "sovereign.yaml", "Sovereign", "omantel"),
        file("catalyst-config", "applications/acme/shop.yaml", "Application", "shop"),
        file("policy-bundle", "labels.yaml", "ClusterPolicy", "require-labels"),
        file("policy-bundle", "labels.yaml", "ClusterPolicy", "add-labels"),
        file("runbooks", "disk-full.yaml", "Runbook", "disk-full"),
    ];
    insta::assert_snapshot!(whole(&texts(&plan)));
}

#[test]
fn nothing_makes_nothing() {
    let mut plan = plan(Vec::new());
    plan.applications.clear();
    assert_eq!(Gitea.emit(&plan), EmittedTree::default());
    assert_eq!(Gitea.name(), "gitea");
}
