//! The real `kubectl kustomize` over repositories written to disk.

use super::values::{merge_maps, parsed, random};
use super::*;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::io::Write;
use std::path::Path;

/// Writes the repository of branch `main` into a folder.
#[expect(clippy::disallowed_methods, reason = "the referee reads files")]
fn written(environments: impl IntoIterator<Item = EnvironmentPlan>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in texts(&plan(environments.into_iter().collect())) {
        let path = folder.path().join(path.strip_prefix("acme/shop/main/").unwrap());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// What `kubectl kustomize` builds; `None` when there is no kubectl and none is required.
#[expect(
    clippy::disallowed_methods,
    reason = "the referee is a program, and a variable says whether it must be there"
)]
fn build(folder: &Path, unconfined: bool) -> Option<Vec<Value>> {
    let mut command = std::process::Command::new("kubectl");
    command.arg("kustomize");
    if unconfined {
        command.args(crate::branch::UNCONFINED.split(' '));
    }
    let output = match command.arg(folder).output() {
        Ok(output) => output,
        Err(error) => {
            let required = std::env::var("CATALYST_REFEREES").is_ok_and(|it| it == "require");
            assert!(!required, "REFEREE MISSING: kubectl: {error}");
            // Past the capture of the test harness, so that it is seen when the test passes.
            let text = format!("REFEREE MISSING: kubectl: nothing was compared ({error})\n");
            std::io::stderr().write_all(text.as_bytes()).unwrap();
            return None;
        }
    };
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    assert!(!complaint.contains("Warning"), "{complaint}");
    let text = String::from_utf8(output.stdout).unwrap();
    let read = catalyst_yaml::parse(&text);
    assert!(read.problems.is_empty(), "{:?}", read.problems);
    Some(read.documents.iter().map(|it| it.to_value(catalyst_yaml::Dialect::Kubernetes).0).collect())
}

fn of_kind<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    objects.iter().filter(|object| object["kind"] == kind).collect()
}

/// Names in `spec.valuesFrom` without the hash, and the values of the ConfigMaps merged in that order.
fn values_of(objects: &[Value]) -> (Vec<String>, Map<String, Value>) {
    let releases = of_kind(objects, "HelmRelease");
    assert_eq!(releases.len(), 1);
    let (mut names, mut merged) = (Vec::new(), Map::new());
    for reference in releases[0]["spec"]["valuesFrom"].as_array().unwrap() {
        assert_eq!(reference["kind"], "ConfigMap");
        let found: Vec<_> = of_kind(objects, "ConfigMap")
            .into_iter()
            .filter(|it| it["metadata"]["name"] == reference["name"])
            .collect();
        assert_eq!(found.len(), 1, "{reference} points at no ConfigMap");
        merge_maps(&mut merged, &parsed(found[0]["data"]["values.yaml"].as_str().unwrap()));
        names.push(reference["name"].as_str().unwrap().rsplit_once('-').unwrap().0.to_owned());
    }
    assert_eq!(of_kind(objects, "ConfigMap").len(), names.len(), "a ConfigMap that nobody reads");
    (names, merged)
}

#[test]
fn every_overlay_builds_and_layers_are_in_order() {
    let environment = with_standby(environment("prod", "main"));
    let mut expected = environment.values.merged.clone();
    let folder = written([environment.clone()]);
    let Some(root) = build(folder.path(), false) else { return };
    assert_eq!(values_of(&root), (vec!["shop-values".into()], environment.base.clone()));

    let prod = build(&folder.path().join("overlays/prod"), true).unwrap();
    assert_eq!(values_of(&prod), (vec!["shop-values".into(), "shop-values-prod".into()], expected.clone()));
    let kinds: Vec<_> = prod.iter().map(|object| object["kind"].as_str().unwrap()).collect();
    let expected_kinds =
        ["ConfigMap", "ConfigMap", "ExternalSecret", "ExternalSecret", "HelmRelease", "OCIRepository"];
    assert_eq!(kinds, expected_kinds);

    let hel = build(&folder.path().join("overlays/prod/hel"), true).unwrap();
    expected.insert("replicaCount".into(), json!(0));
    let names = ["shop-values", "shop-values-prod", "shop-values-prod-hel"].map(String::from).to_vec();
    assert_eq!(values_of(&hel), (names, expected));
}

/// Flux writes `targetNamespace` into the kustomization before it builds. References must still meet.
#[test]
#[expect(clippy::disallowed_methods, reason = "does by hand what Flux does")]
fn a_target_namespace_reaches_everything() {
    let folder = written([with_standby(environment("prod", "main"))]);
    let path = folder.path().join("overlays/prod/hel/kustomization.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}namespace: shop\n")).unwrap();
    let Some(objects) = build(path.parent().unwrap(), true) else { return };
    assert_eq!(values_of(&objects).0.len(), 3);
    for object in &objects {
        assert_eq!(object["metadata"]["namespace"], "shop", "{object}");
        let labels = object["metadata"]["labels"].as_object().unwrap();
        assert_eq!(labels["openova.io/environment"], "acme-prod", "{object}");
        assert_eq!(labels["openova.io/managed-by"], "flux", "{object}");
    }
    let drift = &of_kind(&objects, "HelmRelease")[0]["spec"]["driftDetection"];
    assert_eq!(drift["mode"], "enabled");
    assert_eq!(
        drift["ignore"][1],
        json!({ "paths": ["/spec/replicas"], "target": { "kind": "StatefulSet" } })
    );
}

#[test]
fn two_environments_of_a_branch_build() {
    let mut uat = environment("uat", "main");
    uat.version = "1.4.0".parse().unwrap();
    uat.values = Arc::new(layered(&[(LayerKind::Mapping, json!({ "replicaCount": 1 }))]));
    let stg = environment("stg", "main");
    let folder = written([stg.clone(), uat.clone()]);
    for (environment, tag) in [(stg, "1.3.0"), (uat, "1.4.0")] {
        let env = environment.environment.env;
        let Some(objects) = build(&folder.path().join(format!("overlays/{env}")), true) else { return };
        assert_eq!(values_of(&objects).1, environment.values.merged);
        assert_eq!(of_kind(&objects, "OCIRepository")[0]["spec"]["ref"]["tag"], tag);
        let secret = format!("org/acme/env/{env}/shop/shop-admin");
        assert_eq!(of_kind(&objects, "ExternalSecret")[1]["spec"]["data"][0]["remoteRef"]["key"], secret);
    }
}

#[test]
fn a_blueprint_without_a_chart_builds_to_nothing() {
    let mut environment = environment("prod", "main");
    environment.entry = entry("bp-suite", "2.0.0", json!({}));
    environment.secrets.clear();
    let folder = written([environment]);
    let Some(objects) = build(&folder.path().join("overlays/prod"), true) else { return };
    assert_eq!(objects.iter().filter(|object| !object.is_null()).count(), 0);
}

/// The property of the values, with the real program between files and merge: keys, text and numbers survive its reading and writing.
#[test]
fn random_values_survive_the_build() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..24 {
        let (environment, there) = random().new_tree(&mut runner).unwrap().current();
        let wanted = environment.values.merged.clone();
        let differs = !environment.placements[1].overlay.is_empty();
        let folder = written([environment]);
        let Some(prod) = build(&folder.path().join("overlays/prod"), true) else { return };
        assert_eq!(values_of(&prod).1, wanted);
        if differs {
            let hel = build(&folder.path().join("overlays/prod/hel"), true).unwrap();
            assert_eq!(values_of(&hel).1, there);
        }
    }
}
