//! Verbs with right and wrong input.

use crate::fixture::{Cli, HELLO};
use insta::assert_snapshot;
use serde_json::Value;
use std::path::{Path, PathBuf};

#[test]
fn doctor() {
    let cli = Cli::project();
    cli.program("git", "echo git version 2.39.5");
    cli.program("helm", "exit 1");
    // Only what the test put there: what the machine has does not count.
    let doctor = |args: &str| {
        let output =
            cli.command(args).env("PATH", cli.join("bin")).env("CATALYSTC_OUT", "tree").output().unwrap();
        let text = cli.show(&output);
        text.replace(&format!("{} {}", std::env::consts::OS, std::env::consts::ARCH), "[PLATFORM]")
            .replace(env!("CARGO_PKG_VERSION"), "[VERSION]")
    };
    assert_snapshot!(doctor("doctor"), @"
    exit code: 0
    ----- stdout -----
    catalystc   [VERSION] on [PLATFORM]
    project     demo in [DIR]
                8 files of intent, 1 Sovereign
    lock        catalyst.lock
    target      default: Kubernetes 1.33, Flux 2.7
    cache       none in [DIR]/.catalystc
    output      [DIR]/tree, set by the variable CATALYSTC_OUT
                not built yet
    variable    CATALYSTC_OUT=tree
    git         2.39.5 in [DIR]/bin/git; for `diff --against REVISION`
    helm        [DIR]/bin/helm, which does not say its version; nothing calls it yet
    kubectl     not found; nothing calls it yet
    cosign      not found; nothing calls it yet
    no problems
    ");
    assert_eq!(cli.code("build --out tree --no-cache"), 0);
    cli.write("tree/index.txt", "mine");
    cli.write("tree/demo/repositories/acme/hello/main/values.yaml", "replicas: 9\n");
    assert_snapshot!(doctor("doctor"), @"
    exit code: 1
    ----- stdout -----
    catalystc   [VERSION] on [PLATFORM]
    project     demo in [DIR]
                8 files of intent, 1 Sovereign
    lock        catalyst.lock
    target      default: Kubernetes 1.33, Flux 2.7
    cache       none in [DIR]/.catalystc
    output      [DIR]/tree, set by the variable CATALYSTC_OUT
                37 files, sha256:[DIGEST]; 1 changed since, 1 not made by catalystc
    variable    CATALYSTC_OUT=tree
    git         2.39.5 in [DIR]/bin/git; for `diff --against REVISION`
    helm        [DIR]/bin/helm, which does not say its version; nothing calls it yet
    kubectl     not found; nothing calls it yet
    cosign      not found; nothing calls it yet
    problem     files in the output folder that are not as they were built: 1, such as `demo/repositories/acme/hello/main/values.yaml`; `catalystc diff` shows how, `catalystc build` makes them anew
    ");
    let json = cli.command("doctor --format json").output().unwrap();
    let report: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((&report["version"], &report["project"]["name"]), (&1.into(), &"demo".into()));
    assert_eq!(json.status.code(), Some(1), "no program is found: {report}");
}

#[test]
fn doctor_without_a_project_still_reports() {
    let output = Cli::empty().command("doctor").current_dir("/").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("\nproject     none\n") && text.contains("\nproblem     no `catalyst.yaml`"),
        "{text}"
    );
}

#[test]
fn a_form_goes_to_standard_output_and_several_to_a_folder() {
    let cli = Cli::project();
    cli.write("platform/web/empty.yaml", "# nothing yet\n");
    let output = cli.command("build --emit tree,graph").output().unwrap();
    let graph: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(graph["sovereigns"]["demo"]["kit"]["nodes"][0]["name"], "bp-cert-manager");
    assert!(
        String::from_utf8(output.stderr).unwrap().starts_with("warning[empty-document]"),
        "findings go elsewhere"
    );
    assert!(cli.join("snapshots/index.json").is_file(), "the tree is made as well");
    assert_snapshot!(cli.run("build -q --emit plan,program --emit-to forms"), @"
    exit code: 0
    ----- stdout -----
    warning[empty-document]: the file holds no document
     --> platform/web/empty.yaml
      = help: delete the file, or fill it
    ");
    let program = std::fs::read_to_string(cli.join("forms/program.json")).unwrap();
    let program: Value = serde_json::from_str(&program).unwrap();
    let values = &program["sovereigns"]["demo"]["files"]["demo/repositories/acme/hello/main/values.yaml"][0];
    assert_snapshot!(format!("{:#}", values["fields"]), @r#"
    [
      {
        "path": "replicas",
        "by": "blueprint",
        "why": "`manifests.values` of the Blueprint",
        "at": {
          "file": "platform/hello/blueprint.yaml",
          "path": "spec.manifests.values.replicas",
          "line": 31,
          "column": 17
        },
        "from": [
          {
            "config": "replicas",
            "by": "intent",
            "at": {
              "file": "sovereigns/demo/organizations/acme/applications/hello.yaml",
              "path": "spec.config.replicas",
              "line": 11,
              "column": 15
            }
          }
        ]
      }
    ]
    "#);
    assert_snapshot!(cli.run("build --emit plan,program"), @"
    exit code: 2
    ----- stderr -----
    error: several forms do not fit on standard output
      help: name a folder with `--emit-to`
    ");
    assert_snapshot!(cli.run("build --emit-to forms"), @"
    exit code: 2
    ----- stderr -----
    error: there is no form to write
      help: name some: `--emit graph,plan,program`
    ");
    assert_snapshot!(cli.run("build --emit paln"), @"
    exit code: 2
    ----- stderr -----
    error: invalid value 'paln' for '--emit <WHAT>'
      [possible values: tree, graph, plan, program]

      tip: a similar value exists: 'plan'

    For more information, try '--help'.
    ");
    cli.edit(HELLO, "bp-hello", "bp-helo");
    assert_snapshot!(cli.run("build --emit plan --format concise"), @"
    exit code: 1
    ----- stderr -----
    sovereigns/demo/organizations/acme/applications/hello.yaml:8:14: error[undefined-blueprint] no Blueprint is named `bp-helo`
    platform/web/empty.yaml:1:1: warning[empty-document] the file holds no document
    1 error, 1 warning; nothing was written
    ");
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The fleet of this repository in all forms: valid by the committed schemas, which are those of the compiler, and the same twice.
#[test]
fn forms_of_the_fleet_hold_to_their_schemas() {
    let cli = Cli::empty();
    let fleet = repository();
    for folder in ["once", "twice"] {
        let to = cli.join(folder);
        let args =
            format!("-C {} build -q --emit graph,plan,program --emit-to {}", fleet.display(), to.display());
        assert_eq!(cli.code(&args), 0);
    }
    for form in ["graph", "plan", "program"] {
        let read =
            |folder: &str| std::fs::read_to_string(cli.join(&format!("{folder}/{form}.json"))).unwrap();
        let text = read("once");
        assert!(text == read("twice"), "{form} is not the same twice");
        let schema =
            std::fs::read_to_string(fleet.join(format!("docs/schemas/{form}.json"))).unwrap_or_default();
        let made = cli.command(&format!("schema {form}")).output().unwrap().stdout;
        assert!(
            made == schema.as_bytes(),
            "docs/schemas/{form}.json is out of date; run `cargo xtask golden`"
        );
        let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        if let Some(error) = validator.iter_errors(&value).next() {
            panic!("{form}: {error} at {}", error.instance_path());
        }
        assert_eq!((&value["version"], value["sovereigns"].as_object().unwrap().len()), (&1.into(), 3));
    }
}

#[test]
fn why_leads_both_ways() {
    let cli = Cli::project();
    assert_snapshot!(cli.run("why demo/repositories/acme/hello/main/values.yaml:replicas"), @"
    exit code: 0
    ----- stdout -----
    values.yaml in demo/repositories/acme/hello/main/values.yaml
      replicas = 2
        set by `manifests.values` of the Blueprint
          platform/hello/blueprint.yaml:31:17
        from `config.replicas`, set by the Application
          sovereigns/demo/organizations/acme/applications/hello.yaml:11:15
        Application `hello` in Environment `acme-prod`
          sovereigns/demo/organizations/acme/applications/hello.yaml:2:1
    ");
    assert_snapshot!(cli.run("why snapshots/demo/repositories/acme/hello/main/values.yaml:replicas --limit 1 -q"), @"
    exit code: 0
    ----- stdout -----
    values.yaml in demo/repositories/acme/hello/main/values.yaml
      replicas = 2
        set by `manifests.values` of the Blueprint
          platform/hello/blueprint.yaml:31:17
        from `config.replicas`, set by the Application
          sovereigns/demo/organizations/acme/applications/hello.yaml:11:15
        Application `hello` in Environment `acme-prod`
          sovereigns/demo/organizations/acme/applications/hello.yaml:2:1
    ");
    assert_snapshot!(cli.run(&format!("why {HELLO}:spec.config.replicas")), @"
    exit code: 0
    ----- stdout -----
    values.yaml in demo/repositories/acme/hello/main/values.yaml
      replicas = 2
        set by `manifests.values` of the Blueprint
          platform/hello/blueprint.yaml:31:17
        from `config.replicas`, set by the Application
          sovereigns/demo/organizations/acme/applications/hello.yaml:11:15
        Application `hello` in Environment `acme-prod`
          sovereigns/demo/organizations/acme/applications/hello.yaml:2:1
    ");
    assert_snapshot!(cli.run(&format!("why {HELLO} --limit 2")), @"
    exit code: 0
    ----- stdout -----
    kustomization.yaml in demo/repositories/acme/hello/main/kustomization.yaml
        Application `hello` in Environment `acme-prod`
          sovereigns/demo/organizations/acme/applications/hello.yaml:2:1
    kustomizeconfig.yaml in demo/repositories/acme/hello/main/kustomizeconfig.yaml
        Application `hello` in Environment `acme-prod`
          sovereigns/demo/organizations/acme/applications/hello.yaml:2:1
    ----- stderr -----
    14 more; use --limit to see them
    ");
    assert_snapshot!(cli.run(&format!("why {HELLO}:spec.confg")), @"
    exit code: 2
    ----- stderr -----
    error: there is no field `spec.confg` in it
    ");
    assert_snapshot!(cli.run("why HelmRelease/bp-cert-manger"), @"
    exit code: 2
    ----- stderr -----
    error: nothing emitted is `HelmRelease/bp-cert-manger`
      help: did you mean `HelmRelease/bp-cert-manager`?
    ");
    assert_snapshot!(cli.run("why HelmRelease/bp-cert-manager:spec.nothing"), @"
    exit code: 2
    ----- stderr -----
    error: there is no field `spec.nothing` in it
    ");
    assert_snapshot!(cli.run("why HelmRelease/bp-cert-manager:a[b"), @"
    exit code: 2
    ----- stderr -----
    error: `a[b` is no key path
      help: ask for `Kind/name`, `Kind/namespace/name` or a file, with `:key.path` if you like
    ");
}

#[test]
fn names_get_suggestions() {
    let cli = Cli::project();
    for args in [
        "graph --environment acme-prd",
        "graph --environment acme-dev",
        "lock --upgrade bp-helo",
        "schema Aplication",
        "schema paln",
        "fix --rule unknown-feild",
        "explain unmet",
        "list releases --sovereign dmo",
    ] {
        assert_snapshot!(args.replace([' ', '-'], "_"), cli.run(args));
    }
}
