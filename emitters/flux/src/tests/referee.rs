//! An outside judge: `kubectl kustomize` builds every emitted folder and reads the same objects that we meant.

use super::support::*;
use catalyst_emit::render;
use catalyst_plan::Plan;
use catalyst_yaml::Dialect;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Whether kubectl is there. Without it nothing is compared, which is said loudly, and is an error where referees are required.
#[expect(clippy::disallowed_methods, reason = "the referee is a program")]
fn kubectl() -> bool {
    let found =
        Command::new("kubectl").args(["version", "--client"]).output().is_ok_and(|out| out.status.success());
    if !found {
        let required = std::env::var("CATALYST_REFEREES").is_ok_and(|it| it == "require");
        assert!(!required, "REFEREE MISSING: kubectl");
        eprintln!("REFEREE MISSING: kubectl: nothing was compared");
    }
    found
}

#[expect(clippy::disallowed_methods, reason = "the referee reads files")]
fn write(plan: &Plan, root: &Path) {
    for (path, file) in &tree(plan).files {
        let to = root.join(path.as_str());
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::write(to, render(file, path, Some(&plan.facts.domain))).unwrap();
    }
}

/// Objects by identity.
fn by_id(objects: impl IntoIterator<Item = Value>) -> BTreeMap<String, Value> {
    let id = |o: &Value| {
        format!("{} {} {} {}", o["apiVersion"], o["kind"], o["metadata"]["namespace"], o["metadata"]["name"])
    };
    objects.into_iter().map(|object| (id(&object), object)).collect()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the referee is a program")]
fn kustomize_builds_every_folder_and_reads_what_was_meant() {
    if !kubectl() {
        return;
    }
    let mut folders = 0;
    for flux in ["2.2", "2.4", "2.7"] {
        for domain in [DOMAIN, VARIABLE] {
            let plan = plan(domain, flux);
            let root = tempfile::tempdir().unwrap();
            write(&plan, root.path());
            let tree = tree(&plan);
            for index in tree.files.keys().filter(|path| path.file_name() == "kustomization.yaml") {
                let folder = index.parent().unwrap();
                let out = Command::new("kubectl")
                    .arg("kustomize")
                    .arg(root.path().join(folder.as_str()))
                    .output()
                    .unwrap();
                assert!(out.status.success(), "{folder}: {}", String::from_utf8_lossy(&out.stderr));
                let parsed = catalyst_yaml::parse(std::str::from_utf8(&out.stdout).unwrap());
                let built =
                    by_id(parsed.documents.iter().map(|document| document.to_value(Dialect::Kubernetes).0));
                let meant = tree.objects().filter(|(path, _)| path.is_within(folder.as_str()));
                assert_eq!(built, by_id(meant.map(|(_, object)| object.object.clone())), "{folder}");
                folders += 1;
            }
        }
    }
    assert!(folders > 60, "{folders} folders compared");
}
