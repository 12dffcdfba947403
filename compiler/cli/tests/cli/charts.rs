//! Verbs that render charts. The program is a script that prints what a chart gives, chosen by the namespace; the real programs are referees of
//! the engine.

use crate::fixture::Cli;
use insta::assert_snapshot;

const WEB: &str = "platform/web/chart";

/// A project with a chart of two cases, and a `helm` that gives a Deployment, or fails for an empty tag.
fn project(cases: &str) -> Cli {
    let cli = Cli::project();
    cli.write(
        "platform/web/blueprint.yaml",
        "apiVersion: catalyst.openova.io/v1\nkind: Blueprint\nmetadata:\n  name: bp-web\nspec:\n  version: 1.2.0\n  card: {title: Web, summary: Serves pages.}\n  depends: []\n  manifests: {chart: ./chart}\n",
    );
    cli.write(&format!("{WEB}/Chart.yaml"), "apiVersion: v2\nname: bp-web\nversion: 1.2.0\n");
    cli.write(&format!("{WEB}/tests/web.yaml"), cases);
    cli.program(
        "helm",
        r#"if [ "$1" = version ]; then echo v3.19.1; exit; fi
values=$(cat)
case "$values" in *'tag: ""'*|*'tag: null'*) echo 'Error: execution error at (bp-web/templates/deployment.yaml:3:8): image.tag is required' >&2; exit 1;; esac
cat <<END
---
# Source: bp-web/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: web}
spec: {replicas: 2}
END"#,
    );
    cli
}

const CASES: &str = "cases:\n  - name: default\n    expect:\n      - kinds: {Deployment: 1}\n      - {object: Deployment/web, path: spec.replicas, equals: 2}\n  - name: no tag\n    values: {image: {tag: \"\"}}\n    expect:\n      - fails: image.tag\n  - name: with the upstream chart\n    scope: full\n    expect:\n      - includes: [Service]\n";

const UPSTREAM: &str = "apiVersion: v2\nname: bp-web\nversion: 1.2.0\ndependencies:\n  - {name: web, version: 9.0.0, repository: https://charts.example.org}\n";

fn run(cli: &Cli, args: &str) -> String {
    let mut command = cli.command(args);
    cli.show(&command.env("PATH", cli.search()).output().unwrap())
}

#[test]
fn cases_pass_fail_or_are_not_run() {
    let cli = project(CASES);
    cli.write(&format!("{WEB}/Chart.yaml"), UPSTREAM);
    assert_snapshot!(run(&cli, "test"));
    let failing = CASES.replace("equals: 2", "equals: 3");
    cli.write(&format!("{WEB}/tests/web.yaml"), &failing);
    assert_snapshot!(run(&cli, "test bp-web --case default"));
    assert_snapshot!(run(&cli, "test --format json"));
    assert_snapshot!(run(&cli, "test --format junit"));
    assert_snapshot!(run(&cli, "test --format concise"));
}

#[test]
fn wrong_files_are_findings_and_the_rest_runs() {
    let cli = project(
        "cases:\n  - name: default\n    expect: [{kinds: {Deployment: 1}}]\n  - name: odd\n    expect: [{knids: {}}]\n",
    );
    cli.write(&format!("{WEB}/tests/more.yaml"), "cases:\n  - name: default\n    expect: [{lacks: [Service], sameAs: x}]\n  - name: more\n    expect: [{lacks: [Service]}, {sameAs: odd}]\n");
    assert_snapshot!(run(&cli, "test"));
    assert_snapshot!(run(&cli, "check"));
}

#[test]
fn what_cannot_be_asked_is_said() {
    let cli = project(CASES);
    assert_snapshot!(run(&cli, "test bp-webb"));
    assert_snapshot!(run(&cli, "test --case nothing*"));
    assert_snapshot!(run(&cli, "test --helm nowhere/helm"));
    cli.program("helm", "echo v3.9.4");
    assert_snapshot!(run(&cli, "test"));
    cli.program("helm", "if [ \"$1\" = version ]; then echo v4.1.4; fi");
    assert_snapshot!(run(&cli, "test --case default --format concise"));
}

/// A render that is remembered is not made again, and one whose entry is damaged is.
#[test]
fn renders_are_remembered() {
    let cli = project(CASES);
    cli.write(&format!("{WEB}/Chart.yaml"), UPSTREAM);
    assert!(run(&cli, "test").starts_with("exit code: 0"));
    cli.program("helm", "if [ \"$1\" = version ]; then echo v3.19.1; else exit 7; fi");
    assert!(run(&cli, "test").starts_with("exit code: 0"));
    assert!(run(&cli, "test --no-cache").starts_with("exit code: 1"));
    for entry in std::fs::read_dir(cli.join(".catalystc/renders")).unwrap() {
        std::fs::write(entry.unwrap().path(), "damaged").unwrap();
    }
    assert!(run(&cli, "test").starts_with("exit code: 1"));
}

#[test]
fn a_blueprint_a_folder_and_the_fleet_are_rendered() {
    let cli = project(CASES);
    assert_snapshot!(run(&cli, "render bp-web"));
    assert_eq!(run(&cli, "render platform/web"), run(&cli, "render bp-web"));
    assert_eq!(run(&cli, "render platform/web/chart --kind *.apps"), run(&cli, "render bp-web"));
    assert_snapshot!(run(&cli, "render bp-web --kind Service"));
    assert_snapshot!(run(&cli, "render bp-web --format json"));
    assert_snapshot!(run(&cli, "render --out rendered"));
    assert!(cli.join("rendered/demo").is_dir());
}

#[test]
fn what_cannot_be_rendered_is_said() {
    let cli = project(CASES);
    assert_snapshot!(run(&cli, "render bp-web --set image.tag="));
    cli.write("more.yaml", "image: {tag: \"\"}\n");
    assert_eq!(
        run(&cli, "render bp-web --values more.yaml"),
        run(&cli, "render bp-web --set image.tag=\"\"")
    );
    assert_snapshot!(run(&cli, "render bp-web --set [0]=1"));
    assert_snapshot!(run(&cli, "render bp-web --set image"));
    let broken = run(&cli, "render bp-web --set image=[1,");
    assert!(broken.contains("`image=[1,`"), "{broken}");
    assert_snapshot!(run(&cli, "render bp-webb"));
    assert_snapshot!(run(&cli, "render no/release"));
    cli.write(&format!("{WEB}/Chart.yaml"), UPSTREAM);
    assert_snapshot!(run(&cli, "render bp-web"));
    assert!(run(&cli, "render bp-web --own").starts_with("exit code: 0"));
}
