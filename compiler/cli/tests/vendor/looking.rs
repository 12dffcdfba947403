//! Looking into vendored charts, with the real helm.

use crate::fixture::{Project, Repository, pack};
use catalyst_tests::net::Server;
use catalyst_tests::registry::{missing, program};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The programs of Helm: where the gate puts Helm 3 and Helm 4, or what there is in PATH.
pub(crate) fn helms() -> BTreeSet<PathBuf> {
    let named = ["CATALYST_HELM3", "CATALYST_HELM4"].into_iter().filter_map(std::env::var_os);
    let named = named.map(|folder| Path::new(&folder).join("helm")).filter(|it| it.is_file());
    let helms: BTreeSet<PathBuf> =
        named.chain(["helm", "helm3", "helm4"].into_iter().filter_map(program)).collect();
    if helms.is_empty() {
        missing("helm");
    }
    helms
}

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: thing}\nspec:\n  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec:\n      containers:\n        - name: thing\n          image: quay.io/thing/thing:{{ .Values.tag }}\n          envFrom: [{secretRef: {name: settings}}]\n";
const DEFINITION: &str = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.omani.works}\nspec:\n  group: omani.works\n  scope: Cluster\n  names: {kind: Thing, plural: things}\n  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]\n";
const THING: &str = "apiVersion: omani.works/v1\nkind: Thing\nmetadata: {name: thing}\nspec: {image: quay.io/thing/operand:2.0.0}\n";
const JOB: &str = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: migrate\n  annotations: {helm.sh/hook: \"post-install,post-upgrade\", helm.sh/hook-delete-policy: hook-succeeded}\nspec:\n  ttlSecondsAfterFinished: 10\n  template:\n    spec: {restartPolicy: Never, containers: [{name: m, image: \"quay.io/thing/migrate:1.0.0\"}]}\n";

/// A project whose slot wraps a chart of a repository; the server must stay until it is vendored.
pub(crate) fn project(extra: &[(&str, &str)]) -> (Project, Server) {
    let mut files = vec![
        ("thing/Chart.yaml", "apiVersion: v2\nname: thing\nversion: 1.0.0\n"),
        ("thing/values.yaml", "tag: 1.2.3\n"),
        ("thing/templates/deployment.yaml", DEPLOYMENT),
        ("thing/crds/things.yaml", DEFINITION),
        ("thing/templates/thing.yaml", THING),
        ("thing/templates/job.yaml", JOB),
    ];
    files.extend(extra);
    let repository = Repository::with(&[("thing", "1.0.0", pack(&files))]);
    let server = repository.start();
    let project = Project::new(&[]);
    let chart = format!(
        "apiVersion: v2\nname: bp-cert-manager\nversion: 1.0.0\ndependencies:\n  - {{name: thing, version: 1.0.0, repository: \"{}\"}}\n",
        server.url("")
    );
    project.write("platform/cert-manager/chart/Chart.yaml", chart);
    let values = format!(
        "catalystBlueprint: {{upstream: {{chart: thing, version: 1.0.0, repo: \"{}\"}}}}\nglobal: {{imageRegistry: \"\"}}\nthing: {{tag: 1.2.4}}\n",
        server.url("")
    );
    project.write("platform/cert-manager/chart/values.yaml", values);
    let blueprint = std::fs::read_to_string(project.at("platform/cert-manager/blueprint.yaml")).unwrap();
    let (head, _) = blueprint.split_once("  manifests:").unwrap();
    let upstream = format!(
        "  manifests:\n    chart: ./chart\n    upstream:\n      - {{chart: thing, version: 1.0.0, repository: \"{}\"}}\n",
        server.url("")
    );
    project.write("platform/cert-manager/blueprint.yaml", format!("{head}{upstream}"));
    project.run(&["lock"]).with(0);
    (project, server)
}

pub(crate) fn read(project: &Project, path: &str) -> String {
    std::fs::read_to_string(project.at(path)).unwrap()
}

#[test]
fn what_charts_bring_use_and_pull_is_held_against_their_blueprints() {
    for helm in helms() {
        let (project, _server) = project(&[]);
        let helm = helm.to_str().unwrap();
        let check = ["check", "--render", "--helm", helm];
        // Without the chart, it is listed and no error.
        project
            .run(&check)
            .with(0)
            .says(&["not looked into: bp-cert-manager: the upstream chart is not vendored"]);
        project.vendor(&["--helm", helm]).with(0).says(&["images of 2 Blueprints found"]);
        let lock = read(&project, "catalyst.lock");
        for image in ["- quay.io/thing/migrate:1.0.0", "- quay.io/thing/thing:1.2.4"] {
            assert!(lock.contains(image), "{image}\n{lock}");
        }
        // Whether they still fit is known without a program.
        project.check().with(0);
        project.run(&check).with(1).says(&[
            "error[unclassified-image]",
            "`spec.image` of `Thing.omani.works/thing` looks like an image, `quay.io/thing/operand:2.0.0`",
            "brings API `omani.works/v1` Thing, which the Blueprint does not provide",
            "uses Secret `settings`, which the Blueprint does not require",
        ]);
        project
            .run(&["fix", "--render", "--helm", helm])
            .with(0)
            .says(&["state what the chart", "name the places of images"]);
        let blueprint = read(&project, "platform/cert-manager/blueprint.yaml");
        for part in ["path: spec.image", "group: omani.works", "name: settings"] {
            assert!(blueprint.contains(part), "{part}\n{blueprint}");
        }
        // The place of an image is known now, and whoever renders again has it in the lock.
        project.check().with(1).says(&["error[lock-outdated]", "or where it holds images, has changed"]);
        // The place counts in every chart, since its Blueprint provides the kind.
        project.vendor(&["--helm", helm]).with(0).says(&["images of 2 Blueprints found"]);
        assert!(read(&project, "catalyst.lock").contains("- quay.io/thing/operand:2.0.0"));
        // A Secret that nobody brings is an error of intent now, which no chart has to be rendered for.
        project.run(&["check"]).with(1).says(&["unmet-requirement", "Secret"]);
    }
}

#[test]
fn a_build_looks_in_only_where_that_is_asked_for() {
    let (project, _server) = project(&[]);
    project.run(&["build"]).with(0);
    let tree = project.run(&["build", "--check"]).with(0).text;
    assert!(!tree.contains("looked into"), "{tree}");
    // There is no program in this environment: the build succeeds, and says what it could not do.
    project.run(&["build", "--render"]).with(0).says(&["not looked into: all charts:", "wrote "]);
    let settings = read(&project, "catalyst.yaml");
    project.write("catalyst.yaml", settings.replacen("spec:\n", "spec:\n  render: true\n", 1));
    project.run(&["build"]).with(0).says(&["not looked into: all charts:"]);
    project.run(&["check"]).with(0).says(&["not looked into: all charts:"]);
}

#[test]
fn functions_that_the_cluster_lacks_are_found_in_fetched_charts() {
    let newer = "a: {{ .Files.Get \"a\" | fromToml | mustToToml }}\n";
    let (project, _server) = project(&[("thing/templates/settings.yaml", newer)]);
    project.vendor(&[]).with(0);
    // Read, not rendered: there is no program.
    project.run(&["check", "--render"]).with(1).says(&[
        "error[unavailable-function]",
        "`mustToToml` needs Helm 4.2.0",
        "`thing/templates/settings.yaml:1:",
    ]);
}
