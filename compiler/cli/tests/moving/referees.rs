//! Programs that nobody here wrote look at what was pushed to a registry that nobody here wrote.

use crate::fixture::{PASSWORD, Site};
use catalyst_bundle::Digest;
use catalyst_tests::registry::{Registry, cosigns, missing, program};
use std::path::Path;
use std::process::{Command, Output};

/// Runs a program; `None` when it is not there.
fn run(site: &Site, name: &str, args: &[&str]) -> Option<Output> {
    let Some(found) = program(name) else {
        missing(name);
        return None;
    };
    Some(call(site, &found, args))
}

fn call(site: &Site, program: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(args).current_dir(site.at("")).env_clear().env("HOME", site.at("home"));
    command.env("COSIGN_PASSWORD", PASSWORD).output().unwrap()
}

fn passes(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// With the referrers API and without.
fn registries() -> impl Iterator<Item = Registry> {
    [Registry::plain(), Registry::with_referrers()].into_iter().flatten()
}

/// The encodings: for the newer one, cosign 2 wants to know whom it trusts for logs and times, of which there are none here.
const FORMS: [&[&str]; 2] =
    [&["--new-bundle-format=true", "--trusted-root=root.json"], &["--new-bundle-format=false"]];
const ROOT: &str = r#"{"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#;

#[test]
fn cosign_verifies_what_was_pushed_and_what_it_adds_is_left_alone() {
    for registry in registries() {
        cosigns().iter().for_each(|cosign| judged(cosign, &registry));
    }
}

/// One version of cosign, at one registry.
fn judged(cosign: &Path, registry: &Registry) {
    let site = Site::new();
    std::fs::write(site.at("root.json"), ROOT).unwrap();
    // A place of its own for each.
    let to =
        format!("{}/by-{}", registry.host, &Digest::of(cosign.as_os_str().as_encoded_bytes()).hex()[..8]);
    let push = || site.run(&format!("push attested7.tar {to} --plain-http 127.0.0.1")).with(0);
    push();
    let verify = |verb: &[&str], key: &str, form: &[&str], name: &str| {
        let reference = format!("{to}/demo/{name}");
        let common = ["--key", key, "--insecure-ignore-tlog", "--allow-http-registry", &reference];
        call(&site, cosign, &[verb, form, &common].concat())
    };
    for name in ["clusters:7", "organizations/acme:7", "release:7"] {
        for form in FORMS {
            // The statement over the release index has a purpose of its own, which cosign's `verify` does not ask for.
            if name == "release:7" && form == FORMS[0] {
                continue;
            }
            passes(&verify(&["verify"], "release.pub", form, name));
            assert!(
                !verify(&["verify"], "other.pub", form, name).status.success(),
                "{name} {form:?}: another key"
            );
        }
    }
    // What is attested, by its own key only.
    for (name, purpose) in
        [("release:7", "cyclonedx"), ("release:7", "slsaprovenance1"), ("clusters:7", "vuln")]
    {
        let verb = ["verify-attestation", "--type", purpose];
        passes(&verify(&verb, "attest.pub", FORMS[0], name));
        assert!(!verify(&verb, "release.pub", FORMS[0], name).status.success(), "{name} {purpose}");
    }
    let other = ["verify-attestation", "--type", "spdxjson"];
    assert!(!verify(&other, "attest.pub", FORMS[0], "clusters:7").status.success());
    // cosign signs too; both stay, and a push after it keeps both.
    let reference = format!("{to}/demo/clusters:7");
    for form in FORMS {
        let offline = ["--tlog-upload=false", "--use-signing-config=false", "--allow-http-registry"];
        let args = ["sign", "-y", "--key", "other.key", form[0]];
        passes(&call(&site, cosign, &[&args[..], &offline, &[&reference]].concat()));
    }
    push();
    for key in ["release.pub", "other.pub"] {
        for form in FORMS {
            passes(&verify(&["verify"], key, form, "clusters:7"));
        }
    }
    let pull = format!("pull {to}/demo/release:7 --plain-http 127.0.0.1 --out back.tar");
    site.run(&pull).with(0).says(&["left 2 signatures in the registry"]);
    assert!(site.read("back.tar") == site.read("attested7.tar"), "{cosign:?}");
    // A mirror brings what cosign has signed, and cosign finds it there.
    for far in registries() {
        let mirror = format!("mirror {to}/demo/release:7 {}/far --plain-http 127.0.0.1", far.host);
        let ran = site.run(&mirror).with(0);
        assert!(!ran.text.contains("left "), "{}", ran.text);
        let reference = format!("{}/far/demo/clusters:7", far.host);
        for (key, form) in [("release.pub", 0), ("release.pub", 1), ("other.pub", 0), ("other.pub", 1)] {
            let args = ["verify", "--key", key, "--insecure-ignore-tlog", "--allow-http-registry"];
            passes(&call(&site, cosign, &[&args[..], FORMS[form], &[&reference]].concat()));
        }
    }
}

#[test]
fn what_is_attested_is_said() {
    let site = Site::new();
    let verify = "verify attested7.tar --sovereign demo --key release.pub --attest-key attest.pub";
    site.run(verify).with(0).says(&[
        "attestations   2 verified",
        "attested       `clusters`: https://cosign.sigstore.dev/attestation/vuln/v1 by ",
        "accepted",
    ]);
    let json = site.run(&format!("{verify} --format json")).with(0);
    let json: serde_json::Value = serde_json::from_str(&json.text).unwrap();
    assert_eq!(json["attested"][0]["artefact"], "clusters");
    let add = |more: &str| site.run(&format!("attest b7.tar --key other.key {more}"));
    std::fs::write(site.at("note.json"), "{}").unwrap();
    let note = "--type https://omani.works/note/v1 --predicate note.json";
    add(note).with(0).says(&["added 1 attestation to b7.tar"]);
    // By a key that nobody trusts it is nothing.
    site.run("verify b7.tar --sovereign demo --key release.pub")
        .with(0)
        .says(&["3 by other keys", "accepted"]);
    for (more, says) in [
        ("--type vuln", "--predicate"),
        ("--predicate note.json", "--type"),
        ("--type nothing --predicate note.json", "neither a URI nor one of the names"),
        ("--type cyclonedx --predicate note.json", "is what the release says of itself"),
        (&format!("{note} --artefact nothing"), "has no artefact `nothing`; it has clusters, "),
        ("--type vuln --predicate release.pub", "is no JSON that is accepted"),
        ("--type vuln --predicate nothing.json", "no such file"),
    ] {
        add(more).with(2).says(&[says]);
    }
    // The key that signs the release attests nothing: Flux would take it for a signature.
    std::fs::copy(site.at("other7.tar"), site.at("own.tar")).unwrap();
    site.run(&format!("attest own.tar --key other.key {note}"))
        .with(2)
        .says(&["attestations need a key of their own"]);
}

#[test]
fn crane_copies_and_inspects_what_was_pushed_and_bundles_themselves() {
    for registry in registries() {
        let site = Site::new();
        site.push("b7.tar", &registry.host, "").with(0);
        let targets = site.run(&format!("push b7.tar {}/site --dry-run", registry.host)).with(0).text;
        for line in targets.lines() {
            let (digest, reference) = line.split_once("  ").unwrap();
            let Some(output) = run(&site, "crane", &["manifest", "--insecure", reference]) else { return };
            passes(&output);
            assert_eq!(Digest::of(&output.stdout).to_string(), digest);
        }
        // A copy is the same release, but for its signatures, which crane leaves behind.
        let from = format!("{}/site/demo/release:7", registry.host);
        let to = format!("{}/copied/demo/release:7", registry.host);
        passes(&run(&site, "crane", &["copy", "--insecure", &from, &to]).unwrap());
        let digest = |reference: &str| {
            let output = run(&site, "crane", &["digest", "--insecure", reference]).unwrap();
            passes(&output);
            String::from_utf8(output.stdout).unwrap()
        };
        assert_eq!(digest(&from), digest(&to));
        // The folder of a bundle is an image layout: what it lists goes to a registry as it stands.
        site.pull(7, &registry.host, "folder").with(0);
        let whole = format!("{}/whole:7", registry.host);
        passes(&run(&site, "crane", &["push", "--insecure", "--index", "folder", &whole]).unwrap());
        assert_eq!(digest(&whole).trim(), Digest::of(&site.read("folder/index.json")).to_string());
    }
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
