//! Sovereigns whose output is rendered: plain manifests by the real helm, built by the real Kustomize, and what each verb makes of them.

use crate::carried::bundle;
use crate::fixture::{Project, names};
use crate::looking::{helms, project, read};
use catalyst_tests::registry::{missing, program};
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

const SOVEREIGN: &str = "sovereigns/demo/sovereign.yaml";
const ROOT: &str = "snapshots/demo/clusters/hz-fsn-rtz-prod";

/// Makes the output of the one Sovereign rendered.
fn render_it(project: &Project) {
    let sovereign = read(project, SOVEREIGN);
    project.write(SOVEREIGN, sovereign.replacen("spec:\n", "spec:\n  output: rendered\n", 1));
}

/// A program that is this Helm and counts its runs, a line each in `runs`.
fn counted(project: &Project, helm: &Path) -> String {
    let script = format!(
        "#!/bin/sh\necho \"$1\" >> '{}'\nexec '{}' \"$@\"\n",
        project.at("runs").display(),
        helm.display()
    );
    project.write("counted/helm", script);
    let program = project.at("counted/helm");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    program.to_str().unwrap().to_owned()
}

/// How often each of its verbs ran since it was asked last.
fn runs(project: &Project) -> String {
    let text = std::fs::read_to_string(project.at("runs")).unwrap_or_default();
    project.write("runs", "");
    let of = |verb: &str| text.lines().filter(|it| *it == verb).count();
    format!("{} version, {} template", of("version"), of("template"))
}

#[test]
fn a_rendered_sovereign_is_plain_manifests() {
    for helm in helms() {
        let (project, _server) = project(&[]);
        let helm = helm.to_str().unwrap();
        render_it(&project);
        let build = ["build", "--helm", helm];
        project.run(&build).with(1).says(&[
            "error[chart-not-vendored]",
            "run `catalystc vendor`",
            "nothing was written",
        ]);
        project.vendor(&[]).with(0);
        project.run(&build).with(0);
        project.run(&["build", "--check", "--helm", helm]).with(0);
        let slot = read(&project, &format!("{ROOT}/bootstrap-kit/01-bp-cert-manager.yaml"));
        for part in [
            "name: bp-cert-manager-crds",
            "name: bp-cert-manager-objects",
            "name: bp-cert-manager\n",
            "path: ./snapshots/demo/clusters/hz-fsn-rtz-prod/releases/bp-cert-manager/after",
        ] {
            assert!(slot.contains(part), "{part}\n{slot}");
        }
        assert!(!slot.contains("HelmRelease") && !slot.contains("OCIRepository"), "{slot}");
        let release = format!("{ROOT}/releases/bp-cert-manager");
        let job = read(&project, &format!("{release}/after/job-migrate.yaml"));
        assert!(
            job.contains("kustomize.toolkit.fluxcd.io/force: enabled") && !job.contains("ttlSeconds"),
            "{job}"
        );
        let deployment = read(&project, &format!("{release}/objects/deployment-thing.yaml"));
        assert!(deployment.contains("quay.io/thing/thing:1.2.4"), "{deployment}");
        assert!(deployment.contains("namespace: cert-manager"), "{deployment}");
        let thing = read(&project, &format!("{release}/objects/thing-thing.yaml"));
        assert!(!thing.contains("namespace:"), "{thing}");
        let Some(kubectl) = program("kubectl") else {
            missing("kubectl");
            continue;
        };
        for (folder, kinds) in [
            (release.clone(), &["CustomResourceDefinition", "Deployment", "Job", "Thing"][..]),
            (format!("{release}/crds"), &["CustomResourceDefinition"]),
            (format!("{release}/objects"), &["Deployment", "Thing"]),
            (format!("{release}/after"), &["Job"]),
        ] {
            let output = Command::new(&kubectl).arg("kustomize").arg(project.at(&folder)).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(output.status.success(), "{folder}: {}", String::from_utf8_lossy(&output.stderr));
            let found: BTreeSet<&str> = text.lines().filter_map(|it| it.strip_prefix("kind: ")).collect();
            assert_eq!(found, kinds.iter().copied().collect(), "{folder}");
        }
    }
}

#[test]
fn a_build_starts_no_program_when_nothing_has_changed() {
    for helm in helms() {
        let (project, _server) = project(&[]);
        render_it(&project);
        project.vendor(&[]).with(0);
        let helm = counted(&project, &helm);
        let build = ["build", "--helm", &helm];
        project.run(&build).with(0);
        // One slot in two clusters and one Application; what draws nothing at random is rendered once.
        assert_eq!(runs(&project), "1 version, 3 template");
        project.run(&build).with(0).says(&["0 changed, 0 removed"]);
        assert_eq!(runs(&project), "0 version, 0 template");
        // A file that is no source of intent is one of a rendered Sovereign all the same.
        let extra = "platform/cert-manager/chart/crds/others.yaml";
        project.write(extra, "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: others.omani.works}\nspec: {group: omani.works, scope: Cluster, names: {kind: Other, plural: others}, versions: []}\n");
        project.run(&build).with(0).says(&["4 changed, 0 removed"]);
        assert_eq!(runs(&project), "1 version, 2 template");
        assert!(
            project
                .at(&format!(
                    "{ROOT}/releases/bp-cert-manager/crds/customresourcedefinition-others.omani.works.yaml"
                ))
                .exists()
        );
        // Another program may give something else.
        project.write("counted/helm", read(&project, "counted/helm") + "# another\n");
        project.run(&build).with(0).says(&["0 changed, 0 removed"]);
        assert_eq!(runs(&project), "1 version, 0 template");
        // What was made is what a build without a memory makes.
        project.run(&["build", "--check", "--helm", &helm]).with(0);
        std::fs::remove_dir_all(project.at(".catalystc/renders")).unwrap();
        project.run(&["build", "--check", "--no-cache", "--helm", &helm]).with(0);
    }
}

#[test]
fn other_verbs_see_the_manifests() {
    for helm in helms() {
        let (project, _server) = project(&[]);
        render_it(&project);
        project.vendor(&[]).with(0);
        let helm = helm.to_str().unwrap();
        project.run(&["build", "--helm", helm]).with(0);
        project.run(&["diff", "--helm", helm]).with(0);
        let values = "platform/cert-manager/chart/values.yaml";
        project.write(values, read(&project, values).replace("tag: 1.2.4", "tag: 1.2.5"));
        project.run(&["diff", "--helm", helm]).with(1).says(&[
            "releases/bp-cert-manager/objects/deployment-thing.yaml",
            "quay.io/thing/thing:1.2.4",
            "quay.io/thing/thing:1.2.5",
        ]);
        project
            .run(&["build", "--check", "--helm", helm])
            .with(1)
            .says(&["error[stale-output]", "releases/bp-cert-manager/objects/deployment-thing.yaml"]);
        project.run(&["why", "Deployment/thing", "--helm", helm]).with(0).says(&[
            "releases/bp-cert-manager/objects/deployment-thing.yaml",
            "made by `charts/thing/templates/deployment.yaml` of chart `thing`",
        ]);
        // The shared kit, which is no part of a Sovereign, holds releases.
        let text = project.run(&["why", "HelmRelease/bp-cert-manager", "--helm", helm]).with(0).text;
        assert!(!text.contains("demo/clusters"), "{text}");
        let program = project.run(&["build", "--emit", "program", "--helm", helm]).with(0).text;
        assert!(program.contains("\"image\": \"quay.io/thing/thing:1.2.5\""), "{program}");
        // Without a program, each says why it has no answer.
        let none = "the output of Sovereign `demo` is rendered: there is no `helm` in `PATH`";
        for verb in [
            &["build"][..],
            &["build", "--check"],
            &["build", "--emit", "program"],
            &["diff"],
            &["why", "Deployment/thing"],
            &["bundle", "--out", "bundles"],
        ] {
            project.run(verb).with(2).says(&[none]);
        }
        // Plan and graph are the same whatever the output is.
        project.run(&["build", "--emit", "plan,graph", "--emit-to", "forms"]).with(0);
        project.run(&["check"]).with(0);
    }
}

#[test]
fn a_revision_is_rendered_from_its_own_charts() {
    let Some(git) = program("git") else {
        missing("git");
        return;
    };
    for helm in helms() {
        let (project, _server) = project(&[]);
        let crd = "platform/cert-manager/chart/crds/others.yaml";
        project.write(crd, "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: others.omani.works}\nspec: {group: omani.works, scope: Cluster, names: {kind: Other, plural: others}, versions: []}\n");
        render_it(&project);
        project.vendor(&[]).with(0);
        let call = |args: &[&str]| {
            let done = Command::new(&git)
                .args([
                    "-c",
                    "user.name=a",
                    "-c",
                    "user.email=a@t01.omani.works",
                    "-c",
                    "commit.gpgsign=false",
                ])
                .args(args)
                .current_dir(project.at(""))
                .output()
                .unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        };
        call(&["init", "-q"]);
        call(&["add", "-A"]);
        call(&["commit", "-q", "-m", "first"]);
        let diff = |code| {
            let path = git.parent().unwrap();
            let mut command =
                project.command(&["diff", "--against", "HEAD", "--helm", helm.to_str().unwrap()]);
            let output = command.env("PATH", path).output().unwrap();
            let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert_eq!(output.status.code(), Some(code), "{text}");
            text
        };
        diff(0);
        let text = read(&project, crd).replace("kind: Other,", "kind: Another,");
        project.write(crd, text);
        let text = diff(1);
        assert!(text.contains("crds/customresourcedefinition-others.omani.works.yaml"), "{text}");
        assert!(text.contains("2 changed, 0 added, 0 removed"), "{text}");
    }
}

#[test]
fn a_bundle_holds_the_manifests_and_needs_no_chart() {
    for helm in helms() {
        let (project, _server) = project(&[]);
        render_it(&project);
        project.vendor(&[]).with(0);
        let helm = helm.to_str().unwrap();
        let (said, closure) = bundle(&project, &["--helm", helm]);
        let tree = project.at("out/snapshots/demo/clusters/hz-fsn-rtz-prod/releases/bp-cert-manager");
        let deployment = std::fs::read_to_string(tree.join("objects/deployment-thing.yaml")).unwrap();
        assert!(deployment.contains("quay.io/thing/thing:1.2.4"), "{deployment}");
        let names = |part: &str| {
            let all = closure[part].as_array().unwrap().iter().map(|it| it["reference"].as_str().unwrap());
            all.map(str::to_owned).collect::<Vec<_>>()
        };
        let images = names("images");
        for image in
            ["quay.io/thing/thing:1.2.4", "quay.io/thing/migrate:1.0.0", "quay.io/thing/operand:2.0.0"]
        {
            assert!(images.iter().any(|it| it == image), "{image}: {images:?}");
        }
        // What is left are the charts of vClusters.
        let charts = names("charts");
        assert!(charts.iter().all(|it| it.contains("/flux2:") || it.contains("/vcluster:")), "{charts:?}");
        assert!(said.contains("0 of 2 charts carried"), "{said}");
    }
}

#[test]
fn a_watch_renders_what_was_edited() {
    let Some(helm) = helms().into_iter().next() else { return };
    let (project, _server) = project(&[]);
    render_it(&project);
    project.vendor(&[]).with(0);
    let helm = counted(&project, &helm);
    let mut child = project
        .command(&["build", "--watch", "--helm", &helm])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    lines.find(|line| line.contains("wrote")).unwrap();
    assert_eq!(runs(&project), "1 version, 3 template");
    let values = "platform/cert-manager/chart/values.yaml";
    project.write(".edited", read(&project, values).replace("tag: 1.2.4", "tag: 1.2.5"));
    std::fs::rename(project.at(".edited"), project.at(values)).unwrap();
    lines.find(|line| line.contains("wrote")).unwrap();
    assert_eq!(runs(&project), "1 version, 2 template");
    let deployment =
        read(&project, &format!("{ROOT}/releases/bp-cert-manager/objects/deployment-thing.yaml"));
    assert!(deployment.contains("quay.io/thing/thing:1.2.5"), "{deployment}");
    child.kill().unwrap();
    child.wait().unwrap();
}

const CLAIM: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: before\n  annotations: {helm.sh/hook: \"pre-install,pre-upgrade\"}\ndata: {replicas: \"{{ .Values.replicas }}\"}\n";

/// What Kustomize builds of a folder of the output.
fn built(kubectl: &Path, project: &Project, folder: &str) -> String {
    let output = Command::new(kubectl).arg("kustomize").arg(project.at(folder)).output().unwrap();
    assert!(output.status.success(), "{folder}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn applications_are_manifests_in_the_overlays_of_their_repositories() {
    for helm in helms() {
        let (project, _server) = project(&[]);
        let helm = helm.to_str().unwrap();
        render_it(&project);
        project.vendor(&[]).with(0);
        project.write("platform/hello/chart/templates/before.yaml", CLAIM);
        let blueprint = "platform/hello/blueprint.yaml";
        project.write(
            blueprint,
            read(&project, blueprint).replacen(
                "spec:\n",
                "spec:\n  requires: {secrets: [{name: hello-login, keys: [password]}]}\n",
                1,
            ),
        );
        let outside = |kind: &str, name: &str| {
            format!(
                "  externs:\n    - {{kind: {kind}, name: {name}, by: the site, reason: stands outside of this test}}\n"
            )
        };
        let settings = read(&project, "catalyst.yaml");
        let settings = settings.replacen("  externs:\n", &outside("ClusterSecretStore", "vault-region1"), 1);
        let api = outside("CustomResourceDefinition", "externalsecrets.external-secrets.io");
        project.write("catalyst.yaml", settings.replacen("  externs:\n", &api, 1));
        project.run(&["lock"]).with(0);
        project.run(&["build", "--helm", helm]).with(0);
        let branch = "snapshots/demo/repositories/acme/hello/main";
        let overlay = format!("{branch}/overlays/prod");
        for gone in
            ["release.yaml", "values.yaml", "kustomization.yaml", "secrets", "overlays/prod/values.yaml"]
        {
            assert!(!project.at(&format!("{branch}/{gone}")).exists(), "{gone}");
        }
        assert!(project.at(&format!("{branch}/README.md")).exists());
        let file = read(&project, "snapshots/demo/vclusters/hz-fsn-rtz-prod-acme/hello.yaml");
        let of = |name: &str| {
            let mut documents = file.split("---\n").filter(|it| it.contains("\nkind: Kustomization\n"));
            documents
                .find(|it| it.contains(&format!("\n  name: {name}\n")))
                .unwrap_or_else(|| panic!("{name}: {file}"))
        };
        for (name, path, after) in [
            ("hello-secrets", "secrets", None),
            ("hello-before", "before", Some("hello-secrets")),
            ("hello", "objects", Some("hello-before")),
        ] {
            let sync = of(name);
            assert!(sync.contains(&format!("\n  path: ./overlays/prod/{path}\n")), "{sync}");
            assert!(sync.contains("\n  serviceAccountName: hello-reconciler\n"), "{sync}");
            assert!(sync.contains("\n  wait: true\n") && !sync.contains("targetNamespace"), "{sync}");
            let waits = after.map_or_else(String::new, |it| format!("\n  dependsOn:\n    - name: {it}\n"));
            assert!(sync.contains(&waits) && sync.contains("dependsOn") == after.is_some(), "{sync}");
        }
        assert_eq!(file.matches("\nkind: Kustomization\n").count(), 3, "{file}");
        let Some(kubectl) = program("kubectl") else {
            missing("kubectl");
            continue;
        };
        // As Flux builds them, and all together; without a namespace of the Kustomization, objects have it themselves.
        for (folder, kinds) in [
            (format!("{overlay}/secrets"), &["ExternalSecret"][..]),
            (format!("{overlay}/before"), &["ConfigMap"]),
            (format!("{overlay}/objects"), &["Deployment", "Service"]),
            (overlay.clone(), &["ConfigMap", "Deployment", "ExternalSecret", "Service"]),
        ] {
            let text = built(&kubectl, &project, &folder);
            let found: BTreeSet<&str> = text.lines().filter_map(|it| it.strip_prefix("kind: ")).collect();
            assert_eq!(found, kinds.iter().copied().collect(), "{folder}");
            assert_eq!(text.matches("\n  namespace: hello\n").count(), kinds.len(), "{folder}: {text}");
        }
        assert!(!built(&kubectl, &project, &overlay).contains("helm.sh/"));
    }
}

#[test]
fn what_no_manifest_can_say_is_refused_with_a_reason() {
    let Some(helm) = helms().into_iter().next() else { return };
    let helm = helm.to_str().unwrap();
    let (project, _server) = project(&[]);
    render_it(&project);
    project.vendor(&[]).with(0);
    let template = "platform/hello/chart/templates/more.yaml";
    for (text, why) in [
        (
            "apiVersion: v1\nkind: {{ print \"Sec\" \"ret\" }}\nmetadata: {name: login}\nstringData: {password: \"{{ .Values.replicas }}\"}\n",
            "`Secret/login`: it is a Secret with values, and the tree would carry them",
        ),
        (
            "apiVersion: batch/v1\nkind: Job\nmetadata: {name: last, annotations: {helm.sh/hook: pre-delete}}\n",
            "`Job/last`: it is a hook at `pre-delete`, and nothing runs then",
        ),
    ] {
        project.write(template, text);
        project.run(&["build", "--helm", helm]).with(1).says(&[
            "error[unrenderable-release]",
            why,
            "nothing was written",
        ]);
        assert!(!project.at("snapshots").exists());
    }
    project.write(template, "{{ fail \"not this way\" }}\n");
    project.run(&["build", "--helm", helm]).with(1).says(&["error[failed-render]", "not this way"]);
    std::fs::remove_file(project.at(template)).unwrap();
    project
        .run(&["build", "--helm", "/nothing/helm"])
        .with(2)
        .says(&["the output of Sovereign `demo` is rendered", "/nothing/helm"]);
    project.run(&["build", "--helm", helm]).with(0);
}

#[test]
fn what_charts_give_is_held_against_the_rules_of_the_tree() {
    let Some(helm) = helms().into_iter().next() else { return };
    let helm = helm.to_str().unwrap();
    let (project, _server) = project(&[]);
    render_it(&project);
    project.vendor(&[]).with(0);
    let template = "platform/cert-manager/chart/templates/more.yaml";
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\ndata: {a: b}\n";
    for (text, says) in [
        (
            config.replace("a: b", "token: ghp_{{ repeat 18 \"a1\" }}"),
            &[
                "error[plaintext-secret]",
                "a GitHub token stands in ConfigMap `cert-manager/more` in plain text",
            ][..],
        ),
        (
            "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: old}\n".to_owned(),
            &["error[unavailable-api]", "PodSecurityPolicy `old` is of a kind that nothing serves"],
        ),
        (
            format!("{config}---\n{}", config.replace("ConfigMap", "{{ print \"Config\" \"Map\" }}")),
            &["error[duplicate-object]", "ConfigMap `cert-manager/more` is emitted twice for hz-fsn-"],
        ),
    ] {
        project.write(template, text);
        // As a HelmRelease, nothing of it shows.
        project.run(&["check"]).with(0);
        project.run(&["build", "--helm", helm]).with(1).says(says).says(&["nothing was written"]);
    }
    std::fs::remove_file(project.at(template)).unwrap();
    project.run(&["build", "--helm", helm]).with(0);
}

#[test]
fn a_chart_that_nobody_runs_is_looked_at_with_the_values_of_a_case() {
    for helm in helms() {
        let needs = "{{ required \"colour is wanted\" .Values.colour }}";
        let template =
            format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {{c: {needs}}}\n");
        let (project, _server) = project(&[("thing/templates/colour.yaml", &template)]);
        project.vendor(&[]).with(0);
        let helm = helm.to_str().unwrap();
        // Its slots give the value; nobody runs the chart as it is.
        let kit = "clusters/_template/kit.yaml";
        project.write(
            kit,
            read(&project, kit).replacen(
                "      blueprint: bp-cert-manager\n",
                "      blueprint: bp-cert-manager\n      values: {thing: {colour: red}}\n",
                1,
            ),
        );
        project.run(&["check", "--render", "--helm", helm]).with(1).says(&[
            "error[failed-render]",
            "colour is wanted",
            "rendered for `bp-cert-manager`",
            "one of scope `full` with values that do",
        ]);
        let cases = "cases:\n  - name: own\n    values: {other: x}\n    expect: [{kinds: {}}]\n  - name: without a colour\n    scope: full\n    expect: [{fails: colour}]\n  - name: full\n    scope: full\n    values: {thing: {colour: blue}}\n    expect: [{includes: [Deployment.apps]}]\n";
        project.write("platform/cert-manager/chart/tests/cases.yaml", cases);
        let text = project.run(&["check", "--render", "--helm", helm]).text;
        assert!(!text.contains("failed-render"), "{text}");
    }
}

#[test]
fn a_folder_of_renders_is_replaced_and_one_of_others_is_not() {
    let Some(helm) = helms().into_iter().next() else { return };
    let helm = helm.to_str().unwrap();
    let project = Project::new(&[]);
    let render = |what: &str| project.run(&["render", what, "--out", "out", "--helm", helm]);
    render("bp-hello").with(0);
    assert_eq!(names(&project.at("out")), ["bp-hello", "rendered.json"]);
    render("acme/hello/prod/fsn").with(0);
    assert_eq!(names(&project.at("out")), ["demo", "rendered.json"], "what was there is gone");
    project.write("out/demo/notes.txt", "mine");
    render("bp-hello").with(2).says(&["it holds `demo/notes.txt`, which no render wrote"]);
    assert_eq!(names(&project.at("out")), ["demo", "rendered.json"]);
    std::fs::remove_dir_all(project.at("out")).unwrap();
    project.run(&["build", "--out", "out"]).with(0);
    render("bp-hello").with(2).says(&["which no render wrote"]);
}
