//! Programs that nobody here wrote look at what was pushed to a registry that nobody here wrote.

use crate::fixture::{PASSWORD, Site};
use catalyst_bundle::Digest;
use catalyst_tests::registry::{Registry, missing, program};
use std::process::{Command, Output};

/// Runs a program; `None` when it is not there.
fn run(site: &Site, name: &str, args: &[&str]) -> Option<Output> {
    let Some(found) = program(name) else {
        missing(name);
        return None;
    };
    let mut command = Command::new(found);
    command.args(args).current_dir(site.at("")).env_clear().env("HOME", site.at("home"));
    Some(command.env("COSIGN_PASSWORD", PASSWORD).output().unwrap())
}

fn passes(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn cosign_verifies_what_was_pushed_and_what_it_adds_is_left_alone() {
    let Some(registry) = Registry::plain() else { return };
    let site = Site::new();
    site.push("b7.tar", &registry.host, "").with(0);
    for name in ["clusters:7", "organizations/acme:7", "release:7"] {
        let reference = format!("{}/site/demo/{name}", registry.host);
        for form in ["--new-bundle-format=true", "--new-bundle-format=false"] {
            let verify = |key: &str| {
                let args = [
                    "verify",
                    "--key",
                    key,
                    "--insecure-ignore-tlog",
                    form,
                    "--allow-http-registry",
                    &reference,
                ];
                run(&site, "cosign", &args)
            };
            // The statement over the release index has a purpose of its own, which cosign's `verify` does not ask for.
            if name == "release:7" && form.ends_with("true") {
                continue;
            }
            let Some(output) = verify("release.pub") else { return };
            passes(&output);
            assert!(!verify("other.pub").unwrap().status.success(), "{name} {form}: another key");
        }
    }
    // cosign signs too; both stay, and a push after it keeps both.
    let reference = format!("{}/site/demo/clusters:7", registry.host);
    for form in ["--new-bundle-format=true", "--new-bundle-format=false"] {
        let offline = ["--tlog-upload=false", "--use-signing-config=false"];
        let args = [
            "sign",
            "-y",
            "--key",
            "other.key",
            form,
            offline[0],
            offline[1],
            "--allow-http-registry",
            &reference,
        ];
        let Some(output) = run(&site, "cosign", &args) else { return };
        passes(&output);
    }
    site.push("b7.tar", &registry.host, "").with(0);
    for key in ["release.pub", "other.pub"] {
        let args = ["verify", "--key", key, "--insecure-ignore-tlog", "--allow-http-registry", &reference];
        let Some(output) = run(&site, "cosign", &args) else { return };
        passes(&output);
    }
    site.pull(7, &registry.host, "back.tar").with(0).says(&["left 2 signatures in the registry"]);
    assert!(site.read("back.tar") == site.read("b7.tar"));
}

#[test]
fn skopeo_reads_what_was_pushed() {
    let Some(registry) = Registry::plain() else { return };
    let site = Site::new();
    site.push("b7.tar", &registry.host, "").with(0);
    let targets = site.run(&format!("push b7.tar {}/site --dry-run", registry.host)).with(0).text;
    for line in targets.lines() {
        let (digest, reference) = line.split_once("  ").unwrap();
        let from = format!("docker://{reference}");
        let Some(output) = run(&site, "skopeo", &["inspect", "--raw", "--tls-verify=false", &from]) else {
            return;
        };
        passes(&output);
        assert_eq!(Digest::of(&output.stdout).to_string(), digest);
    }
}
