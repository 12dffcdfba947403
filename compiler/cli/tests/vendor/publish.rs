//! `catalystc publish`: a Blueprint goes out as one whole artefact or not at all, and stays what it is.

use crate::fixture::{Project, Ran, Repository, chart, pack};
use crate::registry::{helms, shown};
use catalyst_bundle::Digest;
use catalyst_bundle::archive::{Limits, read_tgz};
use catalyst_bundle::oci::{Manifest, media};
use catalyst_tests::net::{Request, Server};
use catalyst_tests::registry::{Memory, Registry, cosigns};
use catalyst_yaml::Dialect;
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;

const URL: &str = "https://charts.omani.works";

fn serve(memory: &Memory) -> Server {
    let memory = memory.clone();
    Server::start(move |request: &Request| memory.answer(request))
}

impl Project {
    fn publish(&self, host: &str, more: &[&str]) -> Ran {
        let to = format!("{host}/blueprints");
        self.run(&[&["publish", &to, "--plain-http", "127.0.0.1"], more].concat())
    }

    /// Adds a Blueprint without a chart.
    fn with_card(&self) {
        let text = std::fs::read_to_string(self.at("platform/hello/blueprint.yaml")).unwrap();
        let (before, after) = text.split_once("  manifests:\n").unwrap();
        let rest = after.split_inclusive('\n').skip_while(|it| it.starts_with("    "));
        let text = format!("{before}{}", rest.collect::<String>()).replace("bp-hello", "bp-suite");
        self.write("products/suite/blueprint.yaml", text);
        self.run(&["lock"]).with(0);
    }

    /// A project whose Blueprint wraps charts. Whether it lists them too is another rule's business, and a rule that is off stays on here.
    fn wrapping(charts: &[(&str, &str, &str)]) -> Project {
        let project = Project::new(charts);
        let text = std::fs::read_to_string(project.at("catalyst.yaml")).unwrap();
        let rules = "  rules: {version-mismatch: allow, hollow-chart: allow}\n";
        project.write("catalyst.yaml", format!("{}\n{rules}", text.trim_end()));
        project
    }

    /// A project with a chart that it wraps, vendored.
    fn vendored(upstream: &Server) -> Project {
        let project = Project::wrapping(&[("web", "1.4.0+b.1", &upstream.url(""))]);
        project.write(VALUES.0, VALUES.1);
        project.vendor(&[]).with(0);
        project
    }
}

const VALUES: (&str, &str) = (
    "platform/hello/chart/values.yaml",
    "global: {imageRegistry: \"\", size: large}\nreplicas: 1\nimage: {repository: docker.io/nginxinc/nginx-unprivileged, tag: 1.27-alpine}\nweb: {color: green}\n",
);

/// A repository with the chart that projects wrap.
fn upstream() -> Server {
    let upstream = pack(&[
        ("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.4.0+b.1\n"),
        ("web/values.yaml", "color: blue\n"),
        (
            "web/templates/map.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: {{ .Release.Namespace }}}\ndata: {color: {{ .Values.color | quote }}, size: {{ .Values.global.size | quote }}}\n",
        ),
        (
            "web/crds/web.yaml",
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: webs.omani.works}\n",
        ),
    ]);
    Repository::with(&[("web", "1.4.0+b.1", upstream)]).start()
}

/// What is published under a tag: the manifest, and the files of its one layer.
fn published(memory: &Memory, name: &str, tag: &str) -> (Manifest, Vec<String>) {
    let held = memory.held();
    let held = &held[&format!("blueprints/{name}")];
    let manifest = Manifest::parse(&held.documents[&held.tags[tag]].1, media::MANIFEST).unwrap();
    let tree = read_tgz(&held.blobs[&manifest.layers[0].digest], &Limits::CHART).unwrap();
    (manifest, tree.keys().map(ToString::to_string).collect())
}

#[test]
fn a_blueprint_is_published_with_all_it_needs_and_nothing_else() {
    let upstream = upstream();
    let project = Project::vendored(&upstream);
    let memory = Memory::default();
    let server = serve(&memory);
    // What people and programs leave in folders.
    for path in ["charts/web-1.0.0.tgz", ".secret", "notes.bak", "tests/case.sh", "../todo.txt"] {
        project.write(&format!("platform/hello/chart/{path}"), "cases: []\n");
    }
    project.write("platform/hello/chart/.helmignore", "*.bak\n");
    project.write("platform/hello/README.md", "# Hello\n");
    let dry = project.publish(&server.host(), &["--dry-run"]).with(0);
    assert!(server.requests().is_empty());
    let ran = project.publish(&server.host(), &[]).with(0);
    ran.says(&[
        "published 2 Blueprints, 0 there already",
        &format!("{}/blueprints/bp-hello:0.1.0@sha256:", server.host()),
    ]);
    let (manifest, files) = published(&memory, "bp-hello", "0.1.0");
    assert_eq!(
        files,
        [
            "bp-hello/.helmignore",
            "bp-hello/Chart.yaml",
            "bp-hello/README.md",
            "bp-hello/blueprint.yaml",
            "bp-hello/charts/web-1.4.0+b.1.tgz",
            "bp-hello/templates/deployment.yaml",
            "bp-hello/templates/service.yaml",
            "bp-hello/values.yaml",
        ]
    );
    assert_eq!(manifest.config.media_type, media::HELM_CONFIG);
    assert!(dry.text.contains(&Digest::of(&manifest.to_bytes()).to_string()), "{}", dry.text);
    let config: Value = {
        let held = memory.held();
        serde_json::from_slice(&held["blueprints/bp-hello"].blobs[&manifest.config.digest]).unwrap()
    };
    assert_eq!((&config["name"], &config["version"]), (&"bp-hello".into(), &"0.1.0".into()));
    // Again sends nothing, and another checkout makes the same.
    let again = project.publish(&server.host(), &["--format", "json"]).with(0);
    let json: Value = serde_json::from_str(&again.text).unwrap();
    assert_eq!(json["sent"]["blobs"], 0);
    assert!(json["blueprints"].as_array().unwrap().iter().all(|it| it["published"] == false), "{json}");
    let other = Project::vendored(&upstream);
    other.write("platform/hello/chart/.helmignore", "*.bak\n");
    other.write("platform/hello/README.md", "# Hello\n");
    assert_eq!(other.publish(&server.host(), &["--dry-run"]).text, dry.text);
}

#[test]
fn what_was_published_does_not_change() {
    let upstream = upstream();
    let project = Project::vendored(&upstream);
    let memory = Memory::with_referrers();
    let server = serve(&memory);
    project.publish(&server.host(), &["bp-hello"]).with(0);
    let before = memory.held()["blueprints/bp-hello"].tags["0.1.0"];
    project.write("platform/hello/chart/values.yaml", "replicas: 2\n");
    let ran = project.publish(&server.host(), &[]).with(1);
    let host = server.host();
    ran.says(&[
        "error[published-content]: `bp-hello` 0.1.0 was published with other content",
        "platform/hello/blueprint.yaml",
        &format!("published: {host}/blueprints/bp-hello:0.1.0@{before}"),
        &format!("now:       {host}/blueprints/bp-hello:0.1.0@sha256:"),
        "nothing was published",
    ]);
    // Neither it nor anything beside it.
    let held = memory.held();
    assert_eq!(held["blueprints/bp-hello"].tags["0.1.0"], before);
    assert!(held.get("blueprints/bp-cert-manager").is_none_or(|it| it.tags.is_empty()));
    drop(held);
    // A new version is something new; build metadata has its own sign in tags.
    for (path, old) in [("blueprint.yaml", "version: 0.1.0"), ("chart/Chart.yaml", "version: 0.1.0")] {
        let path = format!("platform/hello/{path}");
        let text = std::fs::read_to_string(project.at(&path)).unwrap();
        project.write(&path, text.replacen(old, "version: 0.1.1+site.3", 1));
    }
    project.run(&["lock"]).with(0);
    project.publish(&server.host(), &["bp-hello"]).with(0).says(&["bp-hello:0.1.1_site.3@"]);
}

#[test]
fn hollow_ones_are_refused() {
    let memory = Memory::default();
    let server = serve(&memory);
    let refused = |project: &Project, says: &[&str]| {
        project.publish(&server.host(), &["bp-hello"]).with(1).says(says).says(&["nothing was published"]);
        assert!(memory.held().values().all(|it| it.tags.is_empty()));
    };
    let path = "platform/hello/chart/Chart.yaml:6:6";
    // It is not in the store, or not even in the lock.
    let upstream = upstream();
    let project = Project::vendored(&upstream);
    std::fs::remove_dir_all(project.at(".catalystc/store")).unwrap();
    refused(&project, &["error[chart-not-vendored]", "its archive", path, "run `catalystc vendor`"]);
    project.depend(&[("other", "1.0.0", URL)]);
    refused(&project, &["error[chart-not-vendored]", "is not in `catalyst.lock`", path]);
    // It names no repository, and nothing stands in the chart.
    project.depend(&[("inner", "1.0.0", "")]);
    refused(&project, &["error[chart-not-vendored]", "names no repository", path]);
    project.write(
        "platform/hello/chart/charts/inner/Chart.yaml",
        "apiVersion: v2\nname: inner\nversion: 1.0.0\n",
    );
    project.publish(&server.host(), &["bp-hello", "--dry-run"]).with(0);
    // An umbrella around nothing: what it wraps has no objects, and neither has it.
    let library = pack(&[
        ("base/Chart.yaml", "apiVersion: v2\nname: base\nversion: 1.0.0\ntype: library\n"),
        ("base/templates/_names.tpl", "{{ define \"base.name\" }}x{{ end }}\n"),
    ]);
    let upstream =
        Repository::with(&[("base", "1.0.0", library), ("bare", "1.0.0", chart("bare", "1.0.0", "1", ""))]);
    let upstream = upstream.start();
    for name in ["base", "bare"] {
        let project = Project::wrapping(&[(name, "1.0.0", &upstream.url(""))]);
        std::fs::remove_dir_all(project.at("platform/hello/chart/templates")).unwrap();
        let meant = project.at("platform/hello/chart/Chart.yaml");
        project.vendor(&[]).with(0);
        project.publish(&server.host(), &["bp-hello", "--dry-run"]).with(0);
        let text = std::fs::read_to_string(&meant).unwrap();
        std::fs::write(
            &meant,
            text.replace("annotations: {catalyst.openova.io/no-upstream: \"true\"}\n", ""),
        )
        .unwrap();
        refused(
            &project,
            &["error[hollow-chart]", "has no objects of its own, and", "platform/hello/chart/Chart.yaml:5:6"],
        );
    }
    // One that wraps nothing, whatever the project makes of the rule.
    let project = Project::wrapping(&[]);
    std::fs::remove_dir_all(project.at("platform/hello/chart/templates")).unwrap();
    project.write("platform/hello/chart/Chart.yaml", "apiVersion: v2\nname: bp-hello\nversion: 0.1.0\n");
    refused(&project, &["error[hollow-chart]", "wraps no chart and has no workload of its own"]);
}

/// Bytes that do not get smaller.
fn noise(size: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    std::iter::repeat_with(next).take(size).collect()
}

#[test]
fn large_blobs_go_in_pieces() {
    let project = Project::new(&[]);
    let noise = noise(9 << 20);
    let (one, other) = noise.split_at(noise.len() / 2);
    project.write("platform/hello/chart/files/one.bin", one);
    project.write("platform/hello/chart/files/other.bin", other);
    let memory = Memory::default();
    let server = serve(&memory);
    project.publish(&server.host(), &["bp-hello"]).with(0);
    let requests = server.requests();
    let pieces: Vec<_> = requests.iter().filter(|it| it.method == "PATCH").collect();
    let ranges: Vec<_> = pieces.iter().map(|it| it.header("content-range")).collect();
    assert_eq!(ranges, ["0-4194303", "4194304-8388607"]);
    assert!(requests.iter().all(|it| it.body.len() <= 4 << 20));
    let (_, files) = published(&memory, "bp-hello", "0.1.0");
    assert!(files.contains(&"bp-hello/files/other.bin".to_owned()));
    // A real registry takes the pieces, too.
    let Some(registry) = Registry::plain() else { return };
    project.publish(&registry.host, &["bp-hello"]).with(0);
    let again = project.publish(&registry.host, &["bp-hello"]).with(0);
    again.says(&["sent 0 blobs (0 B)", "published 0 Blueprints, 1 there already"]);
    // Helm's own limits hold: what it would refuse is not published.
    project.write("platform/hello/chart/files/large.bin", noise);
    let ran = project.publish(&server.host(), &["bp-hello"]).with(1);
    ran.says(&["error[input-limit]", "Helm would refuse its archive", "chart/Chart.yaml"]);
}

#[test]
fn a_blueprint_without_a_chart_is_its_card() {
    let project = Project::new(&[]);
    let memory = Memory::default();
    let server = serve(&memory);
    project.with_card();
    project.write("products/suite/DESIGN.md", "# Why\n");
    project.write("products/suite/notes.txt", "mine\n");
    project.publish(&server.host(), &["bp-suite"]).with(0).says(&["bp-suite:0.1.0@"]);
    let (manifest, files) = published(&memory, "bp-suite", "0.1.0");
    assert_eq!(manifest.artifact_type.as_deref(), Some("application/vnd.catalyst.blueprint.v1+json"));
    assert_eq!(files, ["bp-suite/DESIGN.md", "bp-suite/blueprint.yaml"]);
}

#[test]
fn a_blueprint_whose_chart_is_elsewhere_is_no_card() {
    let project = Project::new(&[]);
    let path = "platform/hello/blueprint.yaml";
    let text = std::fs::read_to_string(project.at(path)).unwrap();
    let named = |manifests: &str| project.write(path, text.replace("    chart: ./chart\n", manifests));
    std::fs::remove_dir_all(project.at("platform/hello/chart")).unwrap();
    let to = "registry.t40.omani.works";
    let refused = |says: &str| {
        project.publish(to, &["bp-hello", "--dry-run"]).with(1).says(&["error[hollow-chart]", path, says]);
    };
    named("    chart: ./chart\n");
    refused("has its chart in `./chart`, and there is no `Chart.yaml`");
    named(
        "    upstream:\n      - {chart: web, version: 1.0.0, repository: \"https://charts.omani.works\"}\n",
    );
    refused("wraps `web`, and has no chart that does");
    // What others publish is said, and does not keep the rest at home.
    named("    source: {kind: HelmChart, ref: \"oci://charts.omani.works/web:1.0.0\"}\n");
    refused("is the artefact `oci://charts.omani.works/web:1.0.0`, which others publish");
    let all = project.publish(to, &["--dry-run"]).with(0);
    all.says(&["warning[hollow-chart]", "/blueprints/bp-cert-manager:1.0.0\n"]);
}

#[test]
fn what_is_private_is_published_only_by_name() {
    let project = Project::new(&[]);
    let text = std::fs::read_to_string(project.at("platform/hello/blueprint.yaml")).unwrap();
    for path in ["chart/Chart.yaml", "chart/values.yaml", "chart/templates/deployment.yaml"] {
        let file = std::fs::read_to_string(project.at(&format!("platform/hello/{path}"))).unwrap();
        project.write(&format!("sovereigns/demo/catalog/mine/{path}"), file.replace("bp-hello", "bp-mine"));
    }
    let text =
        text.replace("bp-hello", "bp-mine").replace("spec:\n", "spec:\n  catalog: {sovereign: demo}\n");
    project.write("sovereigns/demo/catalog/mine/blueprint.yaml", text);
    project.run(&["lock"]).with(0);
    let to = "registry.t40.omani.works";
    let all = project.publish(to, &["--dry-run"]).with(0);
    assert!(all.text.contains("bp-hello:") && !all.text.contains("bp-mine:"), "{}", all.text);
    project.publish(to, &["bp-mine", "--dry-run"]).with(0).says(&["/blueprints/bp-mine:0.1.0\n"]);
}

#[test]
fn wrong_calls_say_what_is_wrong() {
    let project = Project::new(&[]);
    for (args, says) in [
        (&["publish"][..], "REGISTRY/PATH"),
        (&["publish", "registry.t40.omani.works/UPPER"], "is no name of a repository"),
        (&["publish", "registry.t40.omani.works/x", "bp-nothing"], "no Blueprint is named `bp-nothing`"),
        (&["publish", "registry.t40.omani.works/x", "--key", "nothing.key"], "no such file"),
        (&["publish", "127.0.0.1:1/x"], "127.0.0.1:1"),
    ] {
        project.run(args).with(2).says(&[says]);
    }
}

/// Objects without the order in which they were printed.
fn sorted(objects: impl Iterator<Item = Value>) -> BTreeSet<String> {
    objects.filter(|it| !it.is_null()).map(|it| it.to_string()).collect()
}

#[test]
fn helm_renders_what_is_published_to_the_objects_that_render_gives() {
    for helm in helms() {
        let Some(registry) = Registry::plain() else { return };
        let upstream = upstream();
        let project = Project::vendored(&upstream);
        project.publish(&registry.host, &["bp-hello"]).with(0);
        let run = |args: &[&str]| {
            let mut command = Command::new(&helm);
            command.args(args).current_dir(project.at("")).env_clear().env("HOME", project.at("home"));
            command.output().unwrap()
        };
        let url = format!("oci://{}/blueprints/bp-hello", registry.host);
        let pulled = run(&["pull", &url, "--version", "0.1.0", "--plain-http"]);
        assert!(pulled.status.success(), "{helm:?}: {}", shown(&pulled));
        let program = helm.to_str().unwrap();
        let ours = project.run(&["render", "bp-hello", "--format", "json", "--helm", program, "-q"]);
        let ours: Value = serde_json::Deserializer::from_str(&ours.text).into_iter().next().unwrap().unwrap();
        let objects = ours["releases"][0]["objects"].as_array().unwrap();
        assert_eq!(objects.len(), 4, "{ours}");
        let ours = sorted(objects.iter().map(|it| it["object"].clone()));
        for chart in ["bp-hello-0.1.0.tgz", url.as_str()] {
            let mut args = vec!["template", "hello", chart, "--include-crds", "--namespace", "hello"];
            if chart == url {
                args.extend(["--version", "0.1.0", "--plain-http"]);
            }
            let theirs = run(&args);
            assert!(theirs.status.success(), "{helm:?}: {}", shown(&theirs));
            let theirs = String::from_utf8(theirs.stdout).unwrap();
            let parsed = catalyst_yaml::parse(&theirs);
            let theirs = parsed.documents.iter().map(|it| it.to_value(Dialect::Kubernetes).0);
            assert_eq!(sorted(theirs), ours, "{helm:?} {chart}");
        }
        // A card is nothing that Helm installs.
        project.with_card();
        project.publish(&registry.host, &["bp-suite"]).with(0);
        let suite = format!("oci://{}/blueprints/bp-suite", registry.host);
        assert!(!run(&["pull", &suite, "--version", "0.1.0", "--plain-http"]).status.success(), "{helm:?}");
    }
}

#[test]
fn cosign_verifies_what_is_published_with_a_key() {
    let registries = [Registry::plain(), Registry::with_referrers()];
    let project = Project::new(&[]);
    let with_password = |args: &[&str]| {
        let output = project.command(args).env("COSIGN_PASSWORD", "x").output().unwrap();
        assert!(output.status.success(), "{}", shown(&output));
    };
    with_password(&["keygen", "--out", "release"]);
    with_password(&["keygen", "--out", "other"]);
    let root = r#"{"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#;
    project.write("root.json", root);
    for registry in registries.into_iter().flatten() {
        let to = format!("{}/blueprints", registry.host);
        // Unsigned first: a key adds its signatures to what is there.
        project.publish(&registry.host, &["bp-hello"]).with(0);
        let publish = ["publish", &to, "bp-hello", "--plain-http", "127.0.0.1", "--key", "release.key"];
        with_password(&publish);
        let reference = format!("{to}/bp-hello:0.1.0");
        for cosign in cosigns() {
            for form in [
                &["--new-bundle-format=true", "--trusted-root=root.json"][..],
                &["--new-bundle-format=false"],
            ] {
                let verify = |key: &str| {
                    let args = ["verify", "--key", key, "--insecure-ignore-tlog", "--allow-http-registry"];
                    let mut command = Command::new(&cosign);
                    command.args([&args[..], form, &[&reference]].concat()).current_dir(project.at(""));
                    command.env_clear().env("HOME", project.at("home")).output().unwrap()
                };
                let good = verify("release.pub");
                assert!(good.status.success(), "{cosign:?} {form:?}: {}", shown(&good));
                assert!(!verify("other.pub").status.success(), "{cosign:?} {form:?}");
            }
        }
    }
}
