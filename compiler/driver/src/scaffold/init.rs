//! A project to start from: one Sovereign, one Organization, one Environment, one Application, one Blueprint for it, and a kit of one slot.

use super::Scaffold;
use super::application::{ApplicationText, EnvironmentText, OrganizationText, SovereignText};
use super::blueprint::BlueprintText;
use super::document::{Document, canonical, quoted, title};
use crate::{Project, Refusal, relock};
use catalyst_model::schema::all_schemas;
use catalyst_model::*;
use catalyst_system::{Discover, Durability, Root, Scratch, write_atomic};

/// Folder of the schemas that editors read.
const SCHEMAS: &str = "schemas";

/// What a new project is about.
#[derive(Debug, Clone)]
pub struct Init {
    /// Name of the project and of its Sovereign.
    pub name: SovereignName,
    /// Domain of the Sovereign.
    pub domain: DomainName,
    /// Where it runs.
    pub region: (Provider, RegionCode),
    /// The Organization.
    pub organization: OrgName,
    /// Whom to call; `ops@` the domain unless given.
    pub contact: Option<String>,
    /// Host of the registry; `registry.` the domain unless given.
    pub registry: Option<String>,
    /// URL of the Git repository; `https://git.` the domain unless given.
    pub git: Option<String>,
    /// Whether schemas are written, and named in each file for editors.
    pub schemas: bool,
    /// Whether a workflow for GitHub is written.
    pub workflow: bool,
}

/// The files of a new project, the lock among them. They are compiled in a folder of their own first: what this gives has no findings.
pub fn init(init: &Init) -> Result<Scaffold, Refusal> {
    let mut out = files(init);
    let refused = |error: &dyn std::fmt::Display| Refusal { text: error.to_string(), help: None };
    let scratch = Scratch::new("catalystc-init").map_err(|error| refused(&error))?;
    let root = Root::new(scratch.path()).map_err(|error| refused(&error))?;
    for file in &out.files {
        write_atomic(&root, &file.path, file.text.as_bytes(), Durability::Rebuildable)
            .map_err(|error| refused(&error))?;
    }
    let project =
        Project::open(scratch.path(), Discover::default(), true).map_err(|error| refused(&error))?;
    if let Some(first) = super::findings(&project).first() {
        let help = first.help.first().cloned();
        return Err(Refusal { text: first.message.clone(), help });
    }
    let lock = relock(&project, None).text;
    out.push(catalyst_system::LOCK_FILE.to_owned(), lock);
    Ok(out)
}

fn files(init: &Init) -> Scaffold {
    let mut out = Scaffold::default();
    let schemas = init.schemas.then_some(SCHEMAS);
    let contact = init.contact.clone().unwrap_or_else(|| format!("ops@{}", init.domain));
    out.push("catalyst.yaml".into(), project(init, schemas));

    let path = format!("sovereigns/{}/sovereign.yaml", init.name);
    let sovereign = SovereignText {
        name: &init.name,
        title: &title(init.name.as_str()),
        contact: &contact,
        domain: &init.domain,
        regions: std::slice::from_ref(&init.region),
    };
    out.push(path.clone(), sovereign.text(&path, schemas));

    let folder = format!("sovereigns/{}/organizations/{}", init.name, init.organization);
    let path = format!("{folder}/organization.yaml");
    let organization = OrganizationText {
        name: &init.organization,
        sovereign: &init.name,
        title: &title(init.organization.as_str()),
        kind: OrganizationKind::Customer,
        contact: &contact,
    };
    out.push(path.clone(), organization.text(&path, schemas));

    let environment = EnvironmentName { org: init.organization.clone(), env: EnvType::Prod };
    let path = format!("{folder}/environments/{environment}.yaml");
    // A region code is a region key.
    let region = RegionKey::new(init.region.1.as_str()).unwrap_or_else(|error| unreachable!("{error}"));
    let text = EnvironmentText { name: &environment, sovereign: None, regions: &[region] };
    out.push(path.clone(), text.text(&path, schemas));

    let (app, blueprint) = ("hello", "bp-hello");
    let app: AppName = app.parse().unwrap_or_else(|error| unreachable!("{error}"));
    let blueprint: BlueprintName = blueprint.parse().unwrap_or_else(|error| unreachable!("{error}"));
    let path = format!("{folder}/applications/{app}.yaml");
    let mut config = serde_json::Map::new();
    config.insert("replicas".into(), 2.into());
    let application = ApplicationText {
        name: &app,
        organization: &init.organization,
        sovereign: None,
        blueprint: &blueprint,
        version: "^0.1",
        config: &config,
        environments: &[EnvType::Prod],
    };
    out.push(path.clone(), application.text(&path, schemas));

    let hello = BlueprintText {
        name: &blueprint,
        title: "Hello",
        summary: "A web server: the Blueprint to copy from.",
        sovereign: None,
        organization: None,
    };
    for (path, text) in hello.files(schemas) {
        out.push(path, text);
    }
    for (path, text) in cert_manager(schemas) {
        out.push(path.to_owned(), text);
    }
    out.push("clusters/_template/kit.yaml".into(), kit(schemas));
    if init.workflow {
        let install = format!(
            "cargo install --locked --git {} --tag v{} catalyst-cli",
            env!("CARGO_PKG_REPOSITORY"),
            env!("CARGO_PKG_VERSION")
        );
        out.push(".github/workflows/catalyst.yaml".into(), canonical(&WORKFLOW.replace("INSTALL", &install)));
    }
    if init.schemas {
        for (name, schema) in all_schemas() {
            out.push(format!("{SCHEMAS}/{name}"), format!("{schema:#}\n"));
        }
    }
    for (field, given) in [("registry", &init.registry), ("git.url", &init.git), ("contact", &init.contact)] {
        if given.is_none() {
            out.remark(format!("`{field}` is a guess made of the domain"));
        }
    }
    out
}

fn project(init: &Init, schemas: Option<&str>) -> String {
    let comment = "The project that every file below belongs to: where artifacts come from, what clusters run, what is taken as given.";
    let registry = init.registry.clone().unwrap_or_else(|| format!("registry.{}", init.domain));
    let git = init.git.clone().unwrap_or_else(|| format!("https://git.{}/{}.git", init.domain, init.name));
    Document::new("Project", &init.name, "catalyst.yaml", schemas, comment)
        .spec(&format!(
            "# Charts are pulled from here. With a name in `pullSecret` they are pulled with that Secret, which the kit then has to bring.\nregistry:\n  host: {}\n  path: {}\n  pullSecret: \"\"\n",
            quoted(&registry), init.name
        ))
        .spec(&format!(
            "\n# Clusters read what `catalystc build` writes from here.\ngit:\n  url: {}\n  branch: main\n  folder: snapshots\n",
            quoted(&git)
        ))
        .spec("\ntargets:\n  default:\n    kubernetes: \"1.33\"\n    flux: \"2.7\"\n")
        .spec("\n# What clusters use and no file here brings.\nexterns:\n  - kind: Secret\n    name: gitea-read\n    namespace: flux-system\n    by: the organization controller\n    reason: Made for each Organization, so that its vCluster can read its repositories.\n")
        .spec(&format!("\n# Sovereigns and Organizations may use these domains, and those below them.\ndomains: [{}]", init.domain))
        .text()
}

fn kit(schemas: Option<&str>) -> String {
    let comment = "The bootstrap kit: what every Sovereign installs, in numbered slots. The numbers carry no order: who waits for whom is said\nby the `depends` of the Blueprints. `catalystc build` makes the files in bootstrap-kit/ from this one.";
    Document::new("Kit", "bootstrap-kit", "clusters/_template/kit.yaml", schemas, comment).spec(KIT).text()
}

fn cert_manager(schemas: Option<&str>) -> [(&'static str, String); 3] {
    let path = "platform/cert-manager/blueprint.yaml";
    let comment =
        "A chart of somebody else, wrapped: the version and the source stand here and in chart/Chart.yaml.";
    let blueprint =
        Document::new("Blueprint", "bp-cert-manager", path, schemas, comment).spec(CERT_MANAGER).text();
    [
        (path, blueprint),
        ("platform/cert-manager/chart/Chart.yaml", canonical(CERT_MANAGER_CHART)),
        ("platform/cert-manager/chart/values.yaml", canonical(CERT_MANAGER_VALUES)),
    ]
}

const KIT: &str = r#"slots:
  - id: "01"
    blueprint: bp-cert-manager
    version: 1.0.0
    tier: 0 foundation
    layer: host
    purpose: Issues and renews the certificates of the cluster.

# What the installer brings to a cluster before the kit.
phaseZero:
  provides:
    apis:
      - group: source.toolkit.fluxcd.io
        version: v1
        kinds: [GitRepository, HelmChart, HelmRepository, OCIRepository]
      - {group: kustomize.toolkit.fluxcd.io, version: v1, kinds: [Kustomization]}
      - {group: helm.toolkit.fluxcd.io, version: v2, kinds: [HelmRelease]}
    namespaces:
      - {name: default}
      - {name: kube-system}
      - {name: flux-system}
"#;

const CERT_MANAGER: &str = r#"version: 1.0.0
card:
  title: cert-manager
  summary: Issues and renews TLS certificates.
configSchema:
  type: object
  additionalProperties: false
  properties:
    replicas:
      type: integer
      default: 1
      minimum: 1
      maximum: 3
      description: Replicas of the controller. One is active, the others wait.
placementSchema:
  modes: [active-active]
  scopes: [cluster]
depends: []
manifests:
  chart: ./chart
  upstream:
    - {chart: cert-manager, version: v1.16.2, repository: https://charts.jetstack.io}
  values:
    cert-manager:
      crds: {enabled: true}
      replicaCount: "{{ config.replicas }}"
provides:
  apis:
    - {group: cert-manager.io, version: v1, kinds: [Certificate, CertificateRequest, ClusterIssuer, Issuer]}
    - {group: acme.cert-manager.io, version: v1, kinds: [Challenge, Order]}
readiness: {kind: deployment, name: cert-manager-webhook}
"#;

const CERT_MANAGER_CHART: &str = r#"apiVersion: v2
name: bp-cert-manager
version: 1.0.0
description: cert-manager as this platform installs it.
type: application
dependencies:
  - name: cert-manager
    version: v1.16.2
    repository: https://charts.jetstack.io
"#;

const CERT_MANAGER_VALUES: &str = r#"# What manifests.values of the Blueprint sets, and any value of the chart below its name.
cert-manager:
  crds:
    enabled: true
  replicaCount: 1
"#;

const WORKFLOW: &str = r#"# Every change is compiled, and what it changes in the platform is committed with it.
name: catalyst
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: INSTALL
      - run: catalystc fmt --check
      - run: catalystc build --locked --format github
      # Fails when somebody changed intent and did not commit what it compiles to.
      - run: git add --intent-to-add . && git diff --exit-code
"#;
