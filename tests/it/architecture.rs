//! The direction of dependencies, as cargo itself reports it, and the list of crates in ARCHITECTURE.md.

use crate::support::repository;
use serde_json::Value;
use std::process::Command;

/// Layers from the bottom up. A crate may depend on its own layer and on lower ones, with the exceptions below.
fn layer(manifest: &str) -> &'static str {
    ["ir", "compiler", "emitters", "tests", "xtask"]
        .into_iter()
        .find(|it| manifest.contains(&format!("/{it}/")))
        .unwrap_or("?")
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(repository())
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn dependencies_point_one_way() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 15, "cargo metadata shows the workspace");
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let from = layer(package["manifest_path"].as_str().unwrap());
        for dependency in package["dependencies"].as_array().unwrap() {
            let Some(path) = dependency["path"].as_str() else { continue };
            if dependency["kind"] == "dev" {
                continue;
            }
            let to = layer(&format!("{path}/"));
            let front = matches!(name, "catalyst-driver" | "catalyst-cli");
            let fine = match (from, to) {
                ("ir", to) => to == "ir",
                ("emitters", to) => matches!(to, "ir" | "emitters"),
                ("compiler", "emitters") => front,
                ("compiler", to) => matches!(to, "ir" | "compiler"),
                _ => true,
            };
            assert!(fine, "{name} ({from}) depends on {} ({to})", dependency["name"]);
        }
    }
}

#[test]
fn only_the_database_and_the_driver_know_salsa() {
    for package in metadata()["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let salsa = package["dependencies"].as_array().unwrap().iter().any(|it| it["name"] == "salsa");
        assert!(!salsa || matches!(name, "catalyst-db" | "catalyst-driver"), "{name} depends on salsa");
    }
}

#[test]
fn only_one_crate_speaks_to_the_network_and_only_the_driver_asks_it() {
    let clients = ["reqwest", "tokio", "rustls", "hyper", "ureq"];
    let mut found = Vec::new();
    for package in metadata()["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        for dependency in package["dependencies"].as_array().unwrap().iter().filter(|it| it["kind"] != "dev")
        {
            let on = dependency["name"].as_str().unwrap();
            if clients.contains(&on) {
                assert_eq!(name, "catalyst-registry", "{name} depends on {on}");
            }
            if on == "catalyst-registry" {
                found.push(name.to_owned());
            }
        }
    }
    assert_eq!(found, ["catalyst-driver"]);
}

#[test]
fn architecture_names_every_crate() {
    let text = std::fs::read_to_string(repository().join("ARCHITECTURE.md")).unwrap();
    for package in metadata()["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        assert!(text.contains(name), "ARCHITECTURE.md does not name {name}");
    }
}
