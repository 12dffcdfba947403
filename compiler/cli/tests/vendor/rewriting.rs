//! Images of an air-gapped Sovereign that no chart value reaches: what its HelmReleases say to Flux makes of Helm's objects, as Kustomize has it,
//! what the bundle says.

use crate::fixture::{Project, Ran};
use crate::registry::helms;
use catalyst_tests::registry::{missing, program};
use catalyst_yaml::Dialect;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: thing}\nspec:\n  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec:\n      initContainers: [{name: i, image: \"nginx:1.29\"}]\n      containers:\n        - {name: thing, image: \"quay.io/thing/app:1.0.0\", args: [\"--sidecar=quay.io/thing/sidecar:2.0.0\"]}\n        - {name: own, image: \"{{ .Values.global.imageRegistry }}/quay.io/thing/threaded:1.0.0\"}\n";
const THING: &str = "apiVersion: omani.works/v1\nkind: Thing\nmetadata: {name: thing}\nspec: {image: \"quay.io/thing/operand:3.0.0\"}\n";
const HOOK: &str = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: migrate\n  annotations: {helm.sh/hook: post-install}\nspec:\n  template:\n    spec: {restartPolicy: Never, containers: [{name: m, image: \"quay.io/thing/migrate:1.0.0\"}]}\n";
const TEST: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: try\n  annotations: {helm.sh/hook: test}\nspec: {containers: [{name: t, image: \"quay.io/thing/try:1.0.0\"}]}\n";
const PLACES: &str = "    images:\n      - {kind: Thing.omani.works, path: spec.image}\n      - {kind: Deployment.apps, path: \"spec.template.spec.containers[].args[]\", prefix: \"--sidecar=\"}\n";

fn digest(of: &str) -> String {
    catalyst_bundle::Digest::of(of.as_bytes()).to_string()
}

/// An air-gapped project, both of whose charts pull from outside, with the digests of some images in its lock.
fn project(more: &[(&str, &str)]) -> Project {
    let project = Project::new(&[]);
    let edit = |path: &str, edit: &dyn Fn(String) -> String| {
        let text = std::fs::read_to_string(project.at(path)).unwrap();
        let edited = edit(text.clone());
        assert_ne!(edited, text, "{path}");
        project.write(path, edited);
    };
    for name in ["hello", "cert-manager"] {
        let chart = format!("platform/{name}/chart");
        drop(std::fs::remove_dir_all(project.at(&format!("{chart}/templates"))));
        for (file, text) in
            [("deployment.yaml", DEPLOYMENT), ("thing.yaml", THING), ("try.yaml", TEST)].iter().chain(more)
        {
            project.write(&format!("{chart}/templates/{file}"), text);
        }
        project.write(&format!("{chart}/values.yaml"), "global: {imageRegistry: \"\"}\n");
        edit(&format!("platform/{name}/blueprint.yaml"), &|text| {
            text.replacen("    chart: ./chart\n", &format!("    chart: ./chart\n{PLACES}"), 1)
        });
    }
    edit("sovereigns/demo/sovereign.yaml", &|text| text + "  airGap: {}\n");
    let settings = "  rules: {version-mismatch: allow, unnamed-value: allow, unavailable-api: allow}\n";
    edit("catalyst.yaml", &|text| text + settings);
    project.run(&["lock"]).with(0);
    edit("catalyst.lock", &|text| {
        let rows = ["quay.io/thing/app:1.0.0", "quay.io/thing/operand:3.0.0", "quay.io/thing/threaded:1.0.0"];
        let rows: String = rows.iter().map(|it| format!("  {it}: {}\n", digest(it))).collect();
        format!("{text}digests:\n{rows}")
    });
    project
}

fn read(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    let parsed = catalyst_yaml::parse(&text);
    parsed.documents.iter().map(|it| it.to_value(Dialect::Kubernetes).0).collect()
}

/// The one HelmRelease of a file.
fn release(path: &Path) -> Value {
    let found = read(path).into_iter().find(|it| it["kind"] == "HelmRelease");
    found.unwrap_or_else(|| panic!("{} holds a HelmRelease", path.display()))
}

/// A file below a folder whose path ends like this.
fn find(folder: &Path, end: &str) -> std::path::PathBuf {
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.to_str().unwrap().ends_with(end) => return path,
                false => {}
            }
        }
    }
    panic!("there is no {end}")
}

fn bundle(project: &Project, helm: &Path) -> Ran {
    project.run(&["bundle", "--out", "b.tar", "--render", "--helm", helm.to_str().unwrap()])
}

/// Signs and unpacks the bundle, and gives its closure.
fn unpack(project: &Project) -> Value {
    for args in
        ["keygen --out k", "sign b.tar --key k.key", "unpack b.tar --sovereign demo --key k.pub --out out"]
    {
        let mut command = project.command(&args.split(' ').collect::<Vec<_>>());
        let output = command.env("COSIGN_PASSWORD", "a password of the tests").output().unwrap();
        assert!(output.status.success(), "{args}: {}", String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&std::fs::read(project.at("out/bundle/closure.json")).unwrap()).unwrap()
}

#[test]
fn what_flux_makes_of_the_objects_names_no_host_outside() {
    let Some(kubectl) = program("kubectl") else { return missing("kubectl") };
    for helm in helms() {
        let project = project(&[]);
        // All that is pulled from outside needs a place at the registry.
        bundle(&project, &helm).with(0).says(&["its registry needs 3 projects: demo, docker.io, quay.io"]);
        let mut command =
            project.command(&["bundle", "--out", "j.tar", "--render", "--format", "json", "--helm"]);
        let output = command.arg(&helm).output().unwrap();
        let data: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(data["bundles"][0]["projects"], json!(["demo", "docker.io", "quay.io"]));
        let closure = unpack(&project);
        assert_eq!(data["bundles"][0]["closure"], closure);
        assert!(!closure["hosts"].as_array().unwrap().iter().any(|it| it["is"] == "outside"), "{closure:#}");
        let app = closure["images"]
            .as_array()
            .unwrap()
            .iter()
            .find(|it| it["reference"] == "quay.io/thing/app:1.0.0");
        assert_eq!(app.unwrap()["digest"], digest("quay.io/thing/app:1.0.0"), "{closure:#}");
        let tree = project.at("out");
        for (file, chart, name) in
            [("-bp-cert-manager.yaml", "cert-manager", "cert-manager"), ("/release.yaml", "hello", "hello")]
        {
            let release = release(&find(&tree, file));
            let kustomize = &release["spec"]["postRenderers"][0]["kustomize"];
            // Helm renders with the values of the release, and Kustomize does what Flux will.
            let folder = tempfile::tempdir().unwrap();
            let values = json!({ "global": { "imageRegistry": "harbor.t01.omani.works" } });
            std::fs::write(folder.path().join("values.yaml"), values.to_string()).unwrap();
            let rendered = Command::new(&helm)
                .args(["template", name, "--no-hooks", "-f"])
                .arg(folder.path().join("values.yaml"))
                .arg(project.at(&format!("platform/{chart}/chart")))
                .output()
                .unwrap();
            assert!(rendered.status.success(), "{}", String::from_utf8_lossy(&rendered.stderr));
            std::fs::write(folder.path().join("all.yaml"), &rendered.stdout).unwrap();
            let mut kustomization = kustomize.clone();
            kustomization["resources"] = json!(["all.yaml"]);
            std::fs::write(folder.path().join("kustomization.yaml"), kustomization.to_string()).unwrap();
            let output = Command::new(&kubectl).arg("kustomize").arg(folder.path()).output().unwrap();
            assert!(output.status.success(), "{}\n{kustomize:#}", String::from_utf8_lossy(&output.stderr));
            let text = String::from_utf8(output.stdout).unwrap();
            let at = |image: &str| {
                format!("harbor.t01.omani.works/{}@{}", image.rsplit_once(':').unwrap().0, digest(image))
            };
            for wanted in [
                at("quay.io/thing/app:1.0.0"),
                at("quay.io/thing/operand:3.0.0"),
                at("quay.io/thing/threaded:1.0.0"),
                "--sidecar=harbor.t01.omani.works/quay.io/thing/sidecar:2.0.0".to_owned(),
                "image: harbor.t01.omani.works/docker.io/library/nginx:1.29".to_owned(),
            ] {
                assert!(text.contains(&wanted), "{name}: {wanted} is not in\n{text}\n{kustomize:#}");
            }
            assert!(!text.contains(" quay.io") && !text.contains("=quay.io"), "{text}");
        }
    }
}

#[test]
fn what_is_not_rewritten_is_said_with_the_reason() {
    let Some(helm) = helms().into_iter().next() else { return };
    let hook = project(&[("hook.yaml", HOOK)]);
    bundle(&hook, &helm).with(1).says(&[
        "error[outside-host]",
        "`quay.io` is outside of an air-gapped Sovereign",
        "image `quay.io/thing/migrate:1.0.0`",
        "is not rewritten: a hook, which the post renderers of its cluster's Flux do not see",
    ]);
    let allowed = std::fs::read_to_string(hook.at("sovereigns/demo/sovereign.yaml")).unwrap();
    let allowed = allowed
        .replace("airGap: {}", "airGap: {allowed: [{host: quay.io, reason: a mirror answers for it}]}");
    hook.write("sovereigns/demo/sovereign.yaml", allowed);
    bundle(&hook, &helm).with(0);
    // A reference that stands in two keys is none that anybody could rewrite.
    let split = "apiVersion: omani.works/v1\nkind: Other\nmetadata: {name: other}\nspec: {registryHost: quay.io, imageName: thing/split}\n";
    bundle(&project(&[("other.yaml", split)]), &helm)
        .with(1)
        .says(&["error[outside-host]", "at `spec.registryHost`"]);
}

#[test]
fn plain_manifests_are_rewritten_themselves() {
    let Some(helm) = helms().into_iter().next() else { return };
    let project = project(&[]);
    let path = "sovereigns/demo/sovereign.yaml";
    let text = std::fs::read_to_string(project.at(path)).unwrap();
    project.write(path, text.replacen("spec:\n", "spec:\n  output: rendered\n", 1));
    project.run(&["build", "--helm", helm.to_str().unwrap()]).with(0);
    let mut texts = String::new();
    let mut folders = vec![project.at("snapshots")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => texts.push_str(&std::fs::read_to_string(path).unwrap()),
            }
        }
    }
    for image in ["quay.io/thing/app:1.0.0", "quay.io/thing/operand:3.0.0"] {
        let wanted =
            format!("harbor.t01.omani.works/{}@{}", image.rsplit_once(':').unwrap().0, digest(image));
        assert!(texts.contains(&wanted), "{wanted}");
    }
    assert!(texts.contains("harbor.t01.omani.works/docker.io/library/nginx:1.29"));
    let outside: Vec<&str> =
        texts.lines().filter(|it| it.contains(" quay.io/") || it.contains("=quay.io/")).collect();
    assert!(outside.is_empty(), "{outside:#?}");
}
