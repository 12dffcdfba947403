//! Charts that draw, with the real helm: what they draw is pinned, and every later build writes it again.

use crate::fixture::{Project, Ran};
use crate::looking::{helms, project, read};
use base64::Engine as _;
use catalyst_bundle::Digest;
use catalyst_tests::net::Server;
use catalyst_tests::registry::{missing, program};
use std::path::Path;
use std::process::Command;

/// Draws a key, a text around it, a certificate with the bundle that vouches for it, and the name of a Job.
const DRAWN: &str = r#"{{- $key := .Values.key | default (randAlphaNum 12) }}
{{- $ca := genCA "thing" 365 }}
apiVersion: v1
kind: ConfigMap
metadata: {name: drawn, labels: {release: "{{ .Chart.Version }}"}}
data:
  key: {{ $key | quote }}
  thing.conf: |
    host = {{ .Values.host | default "one" }}
    key = {{ $key }}
  ca.crt: {{ $ca.Cert | quote }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: drawn}
webhooks:
  - name: drawn.omani.works
    clientConfig: {caBundle: {{ $ca.Cert | b64enc }}, service: {name: thing, namespace: cert-manager}}
    admissionReviewVersions: [v1]
    sideEffects: None
---
apiVersion: batch/v1
kind: Job
metadata: {name: "drawn-{{ randNumeric 5 }}"}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: m, image: "quay.io/thing/migrate:1.0.0"}]}}}
"#;

const RELEASE: &str = "demo/hz-fsn-rtz-prod/cert-manager";
const OBJECTS: &str = "snapshots/demo/clusters/hz-fsn-rtz-prod/releases/bp-cert-manager/objects";

/// A project whose kit is written as plain manifests, with a chart that has these files, vendored.
fn rendered(files: &[(&str, &str)]) -> (Project, Server) {
    let (project, server) = project(files);
    edit(&project, "sovereigns/demo/sovereign.yaml", "spec:\n", "spec:\n  output: rendered\n");
    project.vendor(&[]).with(0);
    (project, server)
}

fn edit(project: &Project, path: &str, from: &str, to: &str) {
    let text = read(project, path);
    assert!(text.contains(from), "{path} holds no `{from}`");
    project.write(path, text.replacen(from, to, 1));
}

/// The verb with a program.
fn run(project: &Project, helm: &str, args: &[&str]) -> Ran {
    project.run(&[args, &["--helm", helm]].concat())
}

/// The value behind a key on a line of its own.
fn value<'t>(text: &'t str, key: &str) -> &'t str {
    let line =
        text.lines().find_map(|it| it.trim().trim_start_matches("- ").strip_prefix(&format!("{key}: ")));
    line.unwrap_or_else(|| panic!("no `{key}` in:\n{text}")).trim_matches(['"', '\''])
}

/// Removes what renders gave before, as on another machine.
fn forget(project: &Project) {
    std::fs::remove_dir_all(project.at(".catalystc/renders")).unwrap();
}

#[test]
fn what_a_chart_draws_is_pinned_and_built_again_and_again() {
    for helm in helms() {
        let (project, _server) = rendered(&[("thing/templates/drawn.yaml", DRAWN)]);
        let helm = helm.to_str().unwrap();
        run(&project, helm, &["build"]).with(1).says(&[
            "error[unstable-render]",
            "drawn by `randAlphaNum` at `thing/templates/drawn.yaml:1:36`",
            "give the chart value `thing.key`, which leads there when it is empty; or keep what is drawn, by `catalystc pin",
            &format!("by `catalystc pin {RELEASE}`"),
            "nothing was written",
        ]);
        run(&project, helm, &["pin", "--check"]).with(1).says(&["error[unstable-render]"]);
        run(&project, helm, &["pin"]).with(0).says(&[
            &format!("+ {RELEASE}  ConfigMap/drawn  data.key\n"),
            &format!("+ {RELEASE}  ConfigMap/drawn  data[\"thing.conf\"]\n"),
            &format!("+ {RELEASE}  Job.batch of charts/thing/templates/drawn.yaml  metadata.name\n"),
            "ValidatingWebhookConfiguration.admissionregistration.k8s.io/drawn  webhooks[0].clientConfig.caBundle\n",
            "wrote catalyst.pins (10 pins, 10 changes)",
        ]);
        let pins = read(&project, "catalyst.pins");
        // Nothing of it is left to chance: neither for what is remembered, nor on another machine.
        run(&project, helm, &["pin"]).with(0).says(&["10 pins, nothing to do"]);
        run(&project, helm, &["pin", "--check"]).with(0).says(&["catalyst.pins is as it should be"]);
        run(&project, helm, &["build"]).with(0);
        forget(&project);
        run(&project, helm, &["build", "--check"]).with(0);
        assert_eq!(read(&project, "catalyst.pins"), pins);
        // What hangs together comes from one render.
        let map = read(&project, &format!("{OBJECTS}/configmap-drawn.yaml"));
        let key = value(&map, "key");
        assert!(map.contains(&format!("key = {key}\n")) && pins.contains(key), "{map}");
        assert!(!pins[..pins.find(RELEASE).unwrap()].contains(key), "each release draws for itself");
        let hook = read(&project, &format!("{OBJECTS}/validatingwebhookconfiguration-drawn.yaml"));
        let bundle = base64::engine::general_purpose::STANDARD.decode(value(&hook, "caBundle")).unwrap();
        let bundle = String::from_utf8(bundle).unwrap();
        for line in bundle.lines() {
            assert!(map.contains(line), "{line}\n{map}");
        }
        let own = &pins[pins.find(RELEASE).unwrap()..];
        let job = own.lines().find_map(|it| it.trim().strip_prefix("value: drawn-")).unwrap();
        read(&project, &format!("{OBJECTS}/job-drawn-{job}.yaml"));
        // The looking eye sees the pinned objects too, those of the chart with its own values included.
        let looked = run(&project, helm, &["check", "--render"]).text;
        assert!(!looked.contains("unstable-render"), "{looked}");
        run(&project, helm, &["pin", "bp-cert-manager", "--renew"])
            .with(0)
            .says(&["wrote catalyst.pins (10 pins, 10 changes)"]);
        assert_ne!(read(&project, "catalyst.pins"), pins);
    }
}

#[test]
fn pins_follow_the_chart_and_give_way_to_intent() {
    for helm in helms() {
        let (project, _server) = rendered(&[("thing/templates/drawn.yaml", DRAWN)]);
        let helm = helm.to_str().unwrap();
        run(&project, helm, &["pin"]).with(0);
        let values = "platform/cert-manager/chart/values.yaml";
        // Another value of the same chart: what is drawn stays.
        edit(&project, values, "tag: 1.2.4", "tag: 1.2.5");
        run(&project, helm, &["build"]).with(0);
        // What stands around a drawn value changes.
        edit(&project, values, "tag: 1.2.5", "tag: 1.2.5, host: two");
        run(&project, helm, &["build"]).with(1).says(&[
            "error[stale-pin]",
            "`data[\"thing.conf\"]` of `ConfigMap/drawn` is pinned, and what stands around the drawn value in it has changed",
            "--> catalyst.pins:",
            "catalystc pin --renew",
        ]);
        run(&project, helm, &["pin"])
            .with(1)
            .says(&["cannot be pinned: what stands around the pinned value has changed"]);
        run(&project, helm, &["pin", "--renew"]).with(0);
        run(&project, helm, &["build"]).with(0);
        // Intent gives the key: the pin covers nothing.
        edit(&project, values, "host: two", "host: two, key: given");
        run(&project, helm, &["build"]).with(0).says(&[
            "warning[unused-pin]",
            "`data.key` of `ConfigMap/drawn` is pinned, and `demo/hz-fsn-rtz-prod/cert-manager` no longer draws it",
        ]);
        assert_eq!(value(&read(&project, &format!("{OBJECTS}/configmap-drawn.yaml")), "key"), "given");
        run(&project, helm, &["pin", "--check"]).with(1);
        run(&project, helm, &["pin"]).with(0).says(&[
            &format!("- {RELEASE}  ConfigMap/drawn  data.key\n"),
            &format!("- {RELEASE}  ConfigMap/drawn  data[\"thing.conf\"]\n"),
        ]);
        // Flux renders: pins have no effect, and nothing pins.
        edit(&project, "sovereigns/demo/sovereign.yaml", "output: rendered", "output: releases");
        run(&project, helm, &["render"])
            .with(1)
            .says(&["warning[unused-pin]", "Flux renders it in the cluster, where pins have no effect"]);
        run(&project, helm, &["pin", "bp-cert-manager"]).with(2).says(&["where pins have no effect"]);
        run(&project, helm, &["pin"]).with(0).says(&["wrote catalyst.pins (0 pins, 6 changes)"]);
        run(&project, helm, &["pin", "bp-nothing"]).with(2).says(&["bp-nothing"]);
        // A file that nobody can read stops whatever renders.
        project.write("catalyst.pins", "version: 1\nreleases: {a: {}}\n");
        run(&project, helm, &["pin"]).with(1).says(&["error[stale-pin]", "catalyst.pins:2:"]);
        run(&project, helm, &["render"]).with(1).says(&["the pins are damaged here"]);
    }
}

/// Draws a password into a Secret, and shows a checksum of it; when it is told to, the password itself.
const SECRET: &str = r#"{{- $password := .Values.password | default (randAlphaNum 16) }}
apiVersion: v1
kind: Secret
metadata: {name: drawn, labels: {tag: {{ .Values.tag | quote }}}}
type: Opaque
data:
  password: {{ $password | b64enc }}
  user: {{ .Values.user | default "somebody" | b64enc }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: seen, annotations: {checksum/secret: {{ $password | sha256sum }}}}
data:
  url: x://db/{{ if .Values.show }}{{ $password }}{{ end }}
"#;

/// The programs that encrypt and decrypt, when they are there: `sops`, and a key in a folder with its recipient.
fn sops(project: &Project, name: &str) -> Option<(String, std::path::PathBuf, String)> {
    let (Some(sops), Some(keygen)) = (program("sops"), program("age-keygen")) else {
        missing("sops and age");
        return None;
    };
    let key = project.at(name);
    assert!(Command::new(&keygen).arg("-o").arg(&key).output().unwrap().status.success());
    let recipient = Command::new(&keygen).arg("-y").arg(&key).output().unwrap();
    let recipient = String::from_utf8(recipient.stdout).unwrap().trim().to_owned();
    Some((sops.to_str().unwrap().to_owned(), key, recipient))
}

/// The Secret of the tree as Flux sees it when it has decrypted it.
fn decrypted(project: &Project, sops: &str, key: &Path) -> String {
    let file = project.at(&format!("{OBJECTS}/secret-drawn.yaml"));
    let output = Command::new(sops).arg("decrypt").arg(file).env("SOPS_AGE_KEY_FILE", key).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Whether a text stands anywhere below a folder.
fn holds(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).any(|path| match path.is_dir() {
        true => holds(&path, text),
        false => std::fs::read(&path).unwrap().windows(text.len()).any(|it| it == text.as_bytes()),
    })
}

#[test]
fn a_drawn_secret_is_kept_as_ciphertext() {
    for helm in helms() {
        let (project, _server) = rendered(&[("thing/templates/drawn.yaml", SECRET)]);
        let helm = helm.to_str().unwrap();
        run(&project, helm, &["pin"]).with(1).says(&[
            "error[unstable-render]",
            "`Secret/drawn` cannot be pinned: its values are drawn, and nobody is named to encrypt them for",
            "name recipients of age under `spec.secrets.age`",
            "catalyst.pins stays as it is (0 pins)",
        ]);
        let Some((sops, key, recipient)) = sops(&project, "key.txt") else { continue };
        let sovereign = "sovereigns/demo/sovereign.yaml";
        edit(&project, sovereign, "spec:\n", &format!("spec:\n  secrets: {{age: [{recipient}]}}\n"));
        let pin = ["pin", "--sops", &sops];
        run(&project, helm, &["pin"]).with(1).says(&["there is no `sops` in `PATH`"]);
        run(&project, helm, &pin).with(0).says(&[
            &format!("+ {RELEASE}  ConfigMap/seen  metadata.annotations.checksum/secret\n"),
            &format!("+ {RELEASE}  Secret/drawn  data.password\n"),
            "wrote catalyst.pins (4 pins, 4 changes)",
        ]);
        run(&project, helm, &pin).with(0).says(&["4 pins, nothing to do"]);
        // A build needs neither the program nor the key.
        run(&project, helm, &["build"]).with(0);
        forget(&project);
        run(&project, helm, &["build", "--check"]).with(0);
        let slot = "snapshots/demo/clusters/hz-fsn-rtz-prod/bootstrap-kit/01-bp-cert-manager.yaml";
        assert!(
            read(&project, slot).contains("secretRef:\n      name: sops-age\n"),
            "{}",
            read(&project, slot)
        );
        // What Flux applies is what was drawn, and what hangs together with it.
        let secret = decrypted(&project, &sops, &key);
        let password = base64::engine::general_purpose::STANDARD.decode(value(&secret, "password")).unwrap();
        let map = read(&project, &format!("{OBJECTS}/configmap-seen.yaml"));
        assert_eq!(value(&map, "checksum/secret"), Digest::of(&password).hex());
        // In clear it stands nowhere.
        let password = String::from_utf8(password).unwrap();
        for text in [&password, value(&secret, "password")] {
            assert!(!holds(&project.at(""), text), "{text}");
        }
        let user = value(&secret, "user");
        assert!(!holds(&project.at("snapshots"), user) && !read(&project, "catalyst.pins").contains(user));
        // What is not encrypted follows the chart, and the code of SOPS still holds.
        let values = "platform/cert-manager/chart/values.yaml";
        edit(&project, values, "tag: 1.2.4", "tag: 1.2.5");
        run(&project, helm, &["build"]).with(0);
        let again = decrypted(&project, &sops, &key);
        assert_eq!(value(&again, "password"), value(&secret, "password"));
        assert_eq!(value(&again, "tag"), "1.2.5");
        // What stands beside the password in the Secret changes.
        edit(&project, values, "tag: 1.2.5", "tag: 1.2.5, user: other");
        run(&project, helm, &["build"]).with(1).says(&["error[stale-pin]: `Secret/drawn` is pinned"]);
        run(&project, helm, &pin).with(1).says(&["`catalystc pin --renew"]);
        edit(&project, values, ", user: other", "");
        // Who may read it changes.
        let Some((_, _, other)) = self::sops(&project, "other.txt") else { continue };
        edit(&project, sovereign, &recipient, &other);
        run(&project, helm, &["build"])
            .with(1)
            .says(&["`Secret/drawn` is encrypted for others than `spec.secrets.age` names"]);
        edit(&project, sovereign, &other, &recipient);
        // A place that shows the password is refused, whatever is pinned.
        edit(&project, values, "tag: 1.2.5", "tag: 1.2.5, show: true");
        run(&project, helm, &["build"])
            .with(1)
            .says(&["`data.url` of `ConfigMap/seen` is another one in each render"]);
        run(&project, helm, &pin).with(1).says(&[
            "`data.url` of `ConfigMap/seen` cannot be pinned: it shows what is drawn into `Secret/drawn` in clear",
        ]);
        run(&project, helm, &["pin", "--renew", "--sops", &sops]).with(1).says(&["it shows what is drawn"]);
    }
}
