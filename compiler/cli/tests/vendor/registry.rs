//! A real registry, docker-registry, and the real helm: what they publish is fetched, byte for byte.

use crate::fixture::{Project, chart, pack};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::{Manifest, media};
use catalyst_tests::registry::{Registry, missing, program};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[test]
fn charts_of_a_registry_are_locked_by_their_manifest() {
    let Some(registry) = Registry::plain() else { return };
    let web = chart("web", "1.4.0+b.1", "1", "appVersion: \"3\"\n");
    let digest = registry.push("charts/web", "1.4.0_b.1", &web);
    registry.push("charts/web", "v1.3.0", &chart("web", "v1.3.0", "1", ""));
    registry.push("charts/web", "2.0.0-rc.1", &chart("web", "2.0.0-rc.1", "1", ""));
    registry.push("charts/web", "latest", &web);
    let project = Project::new(&[("web", "^1", &registry.url())]);
    project.vendor(&[]).with(0).says(&["+ web 1.4.0+b.1"]);
    let charts = project.charts();
    for line in [
        format!("    archive: {}\n", Digest::of(&web)),
        format!("    manifest: {digest}\n"),
        format!("    source: {}\n", registry.url()),
    ] {
        assert!(charts.contains(&line), "{line}{charts}");
    }
    project.check().with(0);
    project.depend(&[("web", "1.3.0", &registry.url())]);
    project.vendor(&[]).with(0).says(&["+ web v1.3.0", "- web 1.4.0+b.1"]);
    project.depend(&[("web", "1.5.0", &registry.url())]);
    project.vendor(&[]).with(1).says(&["error[chart-unavailable]", "404"]);
    project.depend(&[("web", "~2.1", &registry.url())]);
    project.vendor(&[]).with(1).says(&["none of its 4 tags is a version that `~2.1` means"]);
    // Another manifest around the same archive, under the same tag.
    project.depend(&[("web", "^1.4", &registry.url())]);
    project.vendor(&[]).with(0);
    let again = chart("web", "1.4.0+b.1", "2", "");
    let moved = registry.push("charts/web", "1.4.0_b.1", &again);
    std::fs::remove_dir_all(project.at(".catalystc")).unwrap();
    let (before, after) = (format!("locked: manifest {digest}"), format!("now:    manifest {moved}"));
    project.vendor(&[]).with(1).says(&["error[chart-changed]", &before, &after]);
}

#[test]
fn artifacts_that_a_blueprint_names_are_fetched() {
    let Some(registry) = Registry::plain() else { return };
    let digest = registry.push("blueprints/hello", "0.1.0", &chart("hello", "0.1.0", "1", ""));
    let tree = pack(&[("kustomization.yaml", "resources: []\n")]);
    registry.push_as(media::FLUX_CONTENT, "blueprints/tree", "2.0.0", &tree);
    let project = Project::new(&[]);
    let path = "platform/hello/blueprint.yaml";
    let text = std::fs::read_to_string(project.at(path)).unwrap();
    let name = |kind: &str, reference: &str| {
        let source =
            format!("    source: {{kind: {kind}, ref: \"{}/blueprints/{reference}\"}}\n", registry.host);
        let named = text.replace("    chart: ./chart\n", &source);
        assert_ne!(named, text);
        project.write(path, named);
    };
    name("HelmChart", "hello:0.1.0");
    project.vendor(&[]).with(0).says(&["+ hello 0.1.0  oci://", "1 fetched"]);
    // Without a tag it is the version of the Blueprint; a digest is the digest.
    for same in ["hello".to_owned(), format!("hello@{digest}")] {
        name("HelmChart", &same);
        project.vendor(&[]).with(0).says(&["1 chart, none to fetch; catalyst.lock is up to date"]);
        project.check().with(0);
    }
    name("Kustomize", "tree:2.0.0");
    project.vendor(&[]).with(0).says(&["+ tree 2.0.0", "- hello 0.1.0"]);
    project.check().with(0);
    assert!(project.charts().contains(&format!("archive: {}", Digest::of(&tree))));
    name("HelmChart", "tree:2.0.0");
    std::fs::remove_dir_all(project.at(".catalystc")).unwrap();
    project.vendor(&[]).with(1).says(&["is refused"]);
    name("HelmChart", "../hello");
    project.vendor(&[]).with(1).says(&["its reference is none"]);
}

#[test]
fn the_store_is_an_image_layout() {
    let Some(registry) = Registry::plain() else { return };
    let web = chart("web", "1.0.0", "1", "");
    let digest = registry.push("charts/web", "1.0.0", &web);
    let project = Project::new(&[("web", "1.0.0", &registry.url())]);
    project.vendor(&[]).with(0);
    let store = project.at(".catalystc/store");
    assert_eq!(
        std::fs::read_to_string(store.join("oci-layout")).unwrap(),
        r#"{"imageLayoutVersion":"1.0.0"}"#
    );
    let index = std::fs::read(store.join("index.json")).unwrap();
    let index = catalyst_bundle::oci::Index::parse(&index, media::INDEX).unwrap();
    assert_eq!(index.manifests.iter().map(|it| it.digest).collect::<Vec<_>>(), [digest]);
    let read = |digest: &Digest| std::fs::read(store.join("blobs/sha256").join(digest.hex())).unwrap();
    let manifest = Manifest::parse(&read(&digest), media::MANIFEST).unwrap();
    for blob in manifest.blobs() {
        assert_eq!(Digest::of(&read(&blob.digest)), blob.digest);
    }
}

#[test]
fn credentials_are_those_that_docker_and_helm_keep() {
    let Some(registry) = Registry::guarded() else { return };
    registry.push("charts/web", "1.0.0", &chart("web", "1.0.0", "1", ""));
    let project = Project::new(&[("web", "1.0.0", &registry.url())]);
    project.vendor(&[]).with(1).says(&["it wants credentials, and none are known for", "docker login"]);
    let auth = |value: &str| format!(r#"{{"auths": {{"{}": {{"auth": "{value}"}}}}}}"#, registry.host);
    project.write("home/.docker/config.json", auth("bWU6d3Jvbmc="));
    project.vendor(&[]).with(1).says(&["it does not accept who we say we are"]);
    project.write("home/.docker/config.json", auth("not base64"));
    project.vendor(&[]).with(1).says(&["holds no base64"]);
    project.write("home/.docker/config.json", auth("bWU6eA=="));
    project.vendor(&[]).with(0);

    let fresh = |files: &[(&str, String)]| {
        let project = Project::new(&[("web", "1.0.0", &registry.url())]);
        files.iter().for_each(|(path, text)| project.write(path, text));
        project
    };
    fresh(&[("home/.config/helm/registry/config.json", auth("bWU6eA=="))]).vendor(&[]).with(0);
    let helper = format!(
        "#!/bin/sh\nread host\ntest \"$host\" = {} || exit 1\necho '{{\"Username\": \"me\", \"Secret\": \"x\"}}'\n",
        registry.host
    );
    let project = fresh(&[
        ("bin/docker-credential-test", helper),
        ("home/.docker/config.json", r#"{"credsStore": "test"}"#.into()),
    ]);
    project.vendor(&[]).with(1).says(&["`docker-credential-test` is not in PATH"]);
    let file = project.at("bin/docker-credential-test");
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", project.at("bin").display());
    let mut command = project.command(&["vendor", "--plain-http", "127.0.0.1"]);
    let output = command.env("PATH", path).output().unwrap();
    assert!(output.status.success(), "{}", shown(&output));
}

#[test]
fn a_private_authority_is_trusted_when_it_is_named() {
    let Some(plain) = Registry::plain() else { return };
    plain.push("charts/web", "1.0.0", &chart("web", "1.0.0", "1", ""));
    // The same content behind TLS.
    let Some(registry) = Registry::private(Some(&plain)) else { return };
    let project = Project::new(&[("web", "1.0.0", &registry.url())]);
    project.run(&["vendor"]).with(1).says(&["its certificate is not trusted", "--ca-file"]);
    project.run(&["vendor", "--ca-file", &registry.authority()]).with(0);
    project.check().with(0);
    project.depend(&[]);
    let publish = ["publish", &format!("{}/blueprints", registry.host)];
    project.run(&publish).with(2).says(&["its certificate is not trusted", "--ca-file"]);
    project.run(&[&publish[..], &["--ca-file", &registry.authority()]].concat()).with(0);
}

#[test]
fn what_helm_pushes_is_fetched_and_what_is_fetched_helm_renders() {
    let helms = helms();
    let Some(registry) = Registry::plain() else { return };
    for (at, helm) in helms.iter().enumerate() {
        let project = Project::new(&[]);
        let run = |args: &[&str]| {
            let mut command = Command::new(helm);
            command.args(args).current_dir(project.at("")).env_clear().env("HOME", project.at("home"));
            let output = command.output().unwrap();
            assert!(output.status.success(), "{helm:?} {args:?}: {}", shown(&output));
            String::from_utf8(output.stdout).unwrap()
        };
        let name = format!("web{at}");
        run(&["create", &name]);
        run(&["package", &name, "--version", "1.2.3+b.4"]);
        let archive = format!("{name}-1.2.3+b.4.tgz");
        let url = registry.url();
        run(&["push", &archive, &url, "--plain-http"]);
        project.depend(&[(&name, "~1.2", &url)]);
        project.vendor(&[]).with(0).says(&[&format!("+ {name} 1.2.3+b.4")]);
        let pushed = std::fs::read(project.at(&archive)).unwrap();
        assert_eq!(std::fs::read(project.blob(&pushed)).unwrap(), pushed);
        // The engine takes it from the store: a case over the whole chart finds what came in the archive.
        let case = "cases:\n  - name: whole\n    scope: full\n    expect:\n      - object: Deployment/hello-NAME\n        path: spec.template.spec.containers[0].name\n        equals: NAME\n";
        project.write("platform/hello/chart/tests/whole.yaml", case.replace("NAME", &name));
        let test = ["test", "bp-hello", "--no-cache", "--helm", helm.to_str().unwrap()];
        project.run(&test).with(0).says(&["1 passed, 0 failed, 0 not run"]);
        std::fs::remove_dir_all(project.at(".catalystc/store")).unwrap();
        project.run(&test).says(&["0 passed, 0 failed, 1 not run"]);
    }
}

/// The helm programs: where the gate puts Helm 3 and Helm 4, and what there is in PATH. That there is none is said loudly.
pub(crate) fn helms() -> BTreeSet<PathBuf> {
    let named = ["CATALYST_HELM3", "CATALYST_HELM4"].into_iter().filter_map(std::env::var_os);
    let named = named.map(|folder| Path::new(&folder).join("helm")).filter(|it| it.is_file());
    let found = ["helm", "helm3", "helm4"].into_iter().filter_map(program);
    let helms: BTreeSet<PathBuf> = named.chain(found).collect();
    if helms.is_empty() {
        missing("helm");
    }
    helms
}

pub(crate) fn shown(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}
