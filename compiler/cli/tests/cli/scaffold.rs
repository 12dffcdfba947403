//! `init` and `new`: what they write compiles without findings and is in canonical form, and nothing is written over.

use crate::fixture::{Cli, HELLO};
use insta::assert_snapshot;

/// No finding of any level, canonical form, and a lock that fits.
fn assert_clean(cli: &Cli, what: &str) {
    let checked = cli.run("check --show-all --format concise");
    assert!(checked.starts_with("exit code: 0\n----- stderr -----\n"), "{what}: {checked}");
    assert!(checked.ends_with(": no findings\n"), "{what}: {checked}");
    assert_eq!(cli.code("fmt --check"), 0, "{what}: {}", cli.run("fmt --diff"));
}

#[test]
fn a_new_project_builds_at_once() {
    let cli = Cli::empty();
    assert_snapshot!(cli.run("init my-platform"), @"
    exit code: 0
    ----- stdout -----
    catalyst.yaml
    sovereigns/my-platform/sovereign.yaml
    sovereigns/my-platform/organizations/acme/organization.yaml
    sovereigns/my-platform/organizations/acme/environments/acme-prod.yaml
    sovereigns/my-platform/organizations/acme/applications/hello.yaml
    platform/hello/blueprint.yaml
    platform/hello/chart/Chart.yaml
    platform/hello/chart/values.yaml
    platform/hello/chart/templates/deployment.yaml
    platform/hello/chart/templates/service.yaml
    platform/cert-manager/blueprint.yaml
    platform/cert-manager/chart/Chart.yaml
    platform/cert-manager/chart/values.yaml
    clusters/_template/kit.yaml
    .github/workflows/catalyst.yaml
    schemas/application.json
    schemas/blueprint.json
    schemas/chart-tests.json
    schemas/continuum.json
    schemas/environment.json
    schemas/environmentpolicy.json
    schemas/kit.json
    schemas/organization.json
    schemas/project.json
    schemas/runbook.json
    schemas/secretpolicy.json
    schemas/sovereign.json
    schemas/useraccess.json
    catalyst.lock
    ----- stderr -----
    note: `registry` is a guess made of the domain
    note: `git.url` is a guess made of the domain
    note: `contact` is a guess made of the domain
    made 29 files; next: `catalystc build`
    ");
    let output = cli.command("-C my-platform build --locked --show-all").output().unwrap();
    assert_snapshot!(cli.show(&output), @"
    exit code: 0
    ----- stderr -----
    my-platform  2 host clusters, 1 vCluster, 2 releases, 1 Application
    wrote 37 files to [DIR]/my-platform/snapshots (37 changed, 0 removed), sha256:[DIGEST]
    no findings
    ");
    assert_eq!(cli.code("-C my-platform lock --check"), 0);
    assert_eq!(cli.code("-C my-platform fmt --check"), 0);
}

#[test]
fn arguments_of_init_reach_the_files() {
    let cli = Cli::empty();
    let args = "init --name east --domain platform.example.com --region oci/dxb --organization shop --contact me@example.com \
                --registry ghcr.io --git ssh://git@example.com/east.git";
    assert_eq!(cli.code(args), 0);
    assert_clean(&cli, args);
    assert_snapshot!(std::fs::read_to_string(cli.join("catalyst.yaml")).unwrap(), @r#"
    # yaml-language-server: $schema=schemas/project.json
    # The project that every file below belongs to: where artifacts come from, what clusters run, what is taken as given.
    apiVersion: catalyst.openova.io/v1
    kind: Project
    metadata:
      name: east
    spec:
      # Charts are pulled from here. With a name in `pullSecret` they are pulled with that Secret, which the kit then has to bring.
      registry:
        host: ghcr.io
        path: east
        pullSecret: ""

      # Clusters read what `catalystc build` writes from here.
      git:
        url: ssh://git@example.com/east.git
        branch: main
        folder: snapshots

      targets:
        default:
          kubernetes: "1.33"
          flux: "2.7"

      # What clusters use and no file here brings.
      externs:
        - kind: Secret
          name: gitea-read
          namespace: flux-system
          by: the organization controller
          reason: Made for each Organization, so that its vCluster can read its repositories.

      # Sovereigns and Organizations may use these domains, and those below them.
      domains: [platform.example.com]
    "#);
    assert_snapshot!(std::fs::read_to_string(cli.join("sovereigns/east/sovereign.yaml")).unwrap(), @"
    # yaml-language-server: $schema=../../schemas/sovereign.json
    # One deployed platform: its domain, and where it runs.
    apiVersion: catalyst.openova.io/v1
    kind: Sovereign
    metadata:
      name: east
    spec:
      title: East
      contact: me@example.com
      domain: platform.example.com
      regions:
        - provider: oci
          region: dxb
          # mgt is the control plane, rtz runs Applications. Exactly one region has the control plane.
          blocks: [mgt, rtz]
    ");
}

#[test]
fn init_writes_over_nothing() {
    let cli = Cli::empty();
    cli.write("catalyst.yaml", "mine");
    cli.write("platform/hello/chart/values.yaml", "mine too");
    assert_snapshot!(cli.run("init --name demo"), @"
    exit code: 2
    ----- stderr -----
    error: already there, and not written over: catalyst.yaml, platform/hello/chart/values.yaml
      help: choose an empty folder, or add single documents to a project with `catalystc new`
    ");
    assert!(!cli.join("sovereigns").exists());
    assert_snapshot!(cli.run("init --name demo --domain test.openova.io"), @"
    exit code: 2
    ----- stderr -----
    error: `registry.test.openova.io` is a forbidden domain
      help: name a host of the Sovereign: its domain is `sovereign.domain` in an expression
    ");
    assert_snapshot!(cli.run("init 1x"), @"
    exit code: 2
    ----- stderr -----
    error: the folder's name cannot be that of the project: `1x` is no Sovereign name: it must have 3 to 32 characters
      help: give one with `--name`
    ");
    assert_snapshot!(cli.run("init --name demo --region hetzner"), @"
    exit code: 2
    ----- stderr -----
    error: invalid value 'hetzner' for '--region <PROVIDER/REGION>': a provider and a region are wanted, as in `hetzner/fsn`

    For more information, try '--help'.
    ");
    assert_snapshot!(cli.run("init --name demo --region hetzner/xyz"), @"
    exit code: 2
    ----- stderr -----
    error: `hetzner` has no region `xyz`
      help: regions of `hetzner` are fsn, nbg, hel, ash, hil, sin
    ");
}

#[test]
fn every_kind_that_is_made_is_clean() {
    let cli = Cli::project();
    cli.edit("sovereigns/demo/sovereign.yaml", "blocks: [mgt, rtz]", "blocks: [mgt, rtz]\n      envTypes: [prod, poc]\n    - provider: hetzner\n      region: hel\n      blocks: [rtz]");
    cli.edit(
        "platform/hello/blueprint.yaml",
        "modes: [single-region]",
        "modes: [single-region, active-hotstandby]",
    );
    assert_eq!(cli.code("lock"), 0);
    for args in [
        "sovereign east --domain t51.omani.works --region hetzner/fsn --region hetzner/hel",
        "organization shop --sovereign demo --title Shop:yes --kind internal",
        "environment shop-prod --region fsn --region hel",
        "environment shop-poc",
        "blueprint bp-portal",
        "blueprint bp-portal2 --sovereign demo",
        "blueprint bp-portal3 --organization shop",
        "application portal --organization shop --blueprint bp-portal3 --env prod --env poc",
        "application site --organization shop --blueprint bp-hello --version ~0.1 --env prod",
        "environment-policy shop-prod --approver shop-team --approvals 2",
        "secret-policy standard --sovereign demo",
        "runbook disk-full --alert NodeDiskFull --sovereign demo",
        "user-access ada --user ada@t01.omani.works --tier operator --scope openova.io/organization=shop --sovereign demo",
    ] {
        assert_eq!(cli.code(&format!("new {args} --dry-run")), 0, "{args}");
        let made = cli.run(&format!("new {args}"));
        assert!(made.starts_with("exit code: 0\n----- stdout -----\n"), "{args}: {made}");
        assert_clean(&cli, args);
    }
    let site = "sovereigns/demo/organizations/shop/applications/site.yaml";
    cli.edit(site, "prod: {}", "prod:\n      placement:\n        mode: active-hotstandby");
    assert_eq!(cli.code("new continuum site --environment shop-prod"), 0);
    assert_clean(&cli, "continuum");
}

#[test]
fn what_stands_in_the_project_is_followed() {
    let cli = Cli::empty();
    assert_eq!(cli.code("init --name demo --no-workflow"), 0);
    assert_snapshot!(cli.run("new organization shop --dry-run"), @"
    exit code: 0
    ----- stdout -----
    ==> sovereigns/demo/organizations/shop/organization.yaml <==
    # yaml-language-server: $schema=../../../../schemas/organization.json
    # Who shares a namespace, a vCluster and a Git organization, and nothing else with anybody.
    apiVersion: orgs.openova.io/v1
    kind: Organization
    metadata:
      name: shop
    spec:
      sovereign: demo
      title: Shop
      kind: customer
      # Size of its vCluster: s, m, l or xl.
      plan: s
      contact: ops@t01.omani.works

    ----- stderr -----
    note: `contact` is that of the Sovereign: ops@t01.omani.works
    note: next: `catalystc new environment shop-prod`
    ");
}

#[test]
fn config_that_a_blueprint_asks_for_gets_a_placeholder() {
    let cli = Cli::project();
    cli.edit(
        "platform/hello/blueprint.yaml",
        "    properties:",
        "    required: [greeting]\n    properties:\n      greeting: {type: string}",
    );
    cli.edit(HELLO, "replicas: 2", "greeting: Hello");
    assert_snapshot!(cli.run("new application site --organization acme --blueprint bp-hello --env prod"), @"
    exit code: 0
    ----- stdout -----
    sovereigns/demo/organizations/acme/applications/site.yaml
    ----- stderr -----
    note: `bp-hello` asks for `config.greeting`: what stands there is a placeholder
    note: next: `catalystc lock`, and commit `catalyst.lock` with the file
    ");
    let site = std::fs::read_to_string(cli.join("sovereigns/demo/organizations/acme/applications/site.yaml"))
        .unwrap();
    assert!(site.contains("config:\n    greeting: change-me\n"), "{site}");
}

#[test]
fn names_that_do_not_exist_are_refused() {
    let cli = Cli::project();
    let application = "new application site --organization acme --blueprint bp-hello --env prod";
    for (from, to) in [
        ("acme", "acne"),
        ("bp-hello", "bp-helo"),
        ("bp-hello", "bp-cert-manager"),
        ("--env prod", "--env dev"),
        ("site", "hello"),
        ("--env prod", "--env prd"),
        ("prod", "prod --version ^9"),
    ] {
        let args = application.replacen(from, to, 1);
        let shown = cli.run(&args);
        assert!(!shown.starts_with("exit code: 0"), "{args}: {shown}");
        assert_snapshot!(format!("refused_{from}_{to}").replace([' ', '^'], "_"), shown);
    }
    assert_snapshot!(cli.run("new environment acme-dev"), @"
    exit code: 2
    ----- stderr -----
    error: no region of Sovereign `demo` has clusters for `dev`
      help: add `dev` to `envTypes` of a region in `sovereigns/demo/sovereign.yaml`, and `rtz` to its `blocks`
    ");
    assert_snapshot!(cli.run("new environment acme-prod --region hel"), @"
    exit code: 2
    ----- stderr -----
    error: no region of Sovereign `demo` is named `hel`
      help: known are fsn
    ");
    assert_snapshot!(cli.run("new continuum hello --environment acme-prod"), @"
    exit code: 2
    ----- stderr -----
    error: Application `hello` is not active-hotstandby in `acme-prod`
      help: a Continuum fails over between regions: give the Application `placement: {mode: active-hotstandby}` in `environments.prod`
    ");
    assert_snapshot!(cli.run("new policy acme-prod"), @"
    exit code: 2
    ----- stderr -----
    error: nobody approves: Organization `acme` has no teams
      help: name a team with `--approver`
    ");
    assert_snapshot!(cli.run("new sovereign west --domain www.openova.io"), @"
    exit code: 1
    ----- stdout -----
    error[forbidden-domain]: `www.openova.io` is a forbidden domain
     --> sovereigns/west/sovereign.yaml:8:12
      |
    8 |   contact: ops@www.openova.io
      |            ^^^^^^^^^^^^^^^^^^
      |
      = help: name a host of the Sovereign: its domain is `sovereign.domain` in an expression

    error[forbidden-domain]: Sovereign `west` uses `www.openova.io`
     --> sovereigns/west/sovereign.yaml:9:11
      |
    9 |   domain: www.openova.io
      |           ^^^^^^^^^^^^^^ nothing may stand below `openova.io`
      |
      = help: use a domain of your own, or a test domain such as `t38.omani.works`
    ----- stderr -----
    these would come with it; nothing was written
    ");
    assert_snapshot!(cli.run("new user-access ada --user a@b.c --tier king --scope a=b"), @"
    exit code: 2
    ----- stderr -----
    error: invalid value 'king' for '--tier <TIER>': known are viewer, developer, operator, admin, owner

    For more information, try '--help'.
    ");
    assert_snapshot!(cli.run("new aplication x"), @"
    exit code: 2
    ----- stderr -----
    error: unrecognized subcommand 'aplication'

      tip: a similar subcommand exists: 'application'

    Usage: catalystc new [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
}
