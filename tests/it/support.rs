//! Projects in folders of their own.

use catalyst_diag::Diagnostic;
use catalyst_driver::{CompileOptions, NoProgress, Project, compile};
use catalyst_system::Discover;
use std::path::{Path, PathBuf};

/// The root of this repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// This repository's own fleet.
pub(crate) fn fleet() -> Project {
    Project::open(&repository(), Discover::default(), true).unwrap()
}

/// A small project that compiles: one Sovereign, one Organization, one Application, a kit of one slot.
pub(crate) const SMALL: &[(&str, &str)] = &[
    (
        "catalyst.yaml",
        "apiVersion: catalyst.openova.io/v1\nkind: Project\nmetadata:\n  name: small\nspec:\n  registry:\n    host: registry.omani.works\n  git:\n    url: https://git.omani.works/small.git\n    folder: out\n  domains: [omani.works]\n  externs:\n    - { kind: Secret, name: gitea-read, namespace: flux-system, by: controller, reason: made per Organization }\n    - { kind: Secret, name: ghcr-pull, namespace: flux-system, by: installer, reason: pulls charts }\n",
    ),
    (
        "platform/web/blueprint.yaml",
        "apiVersion: catalyst.openova.io/v1\nkind: Blueprint\nmetadata:\n  name: bp-web\nspec:\n  version: 1.2.0\n  card:\n    title: Web\n    summary: A web server\n  visibility: listed\n  configSchema:\n    type: object\n    additionalProperties: false\n    properties:\n      replicas:\n        type: integer\n        minimum: 1\n        maximum: 9\n        default: 2\n      title:\n        type: string\n  placementSchema:\n    modes: [single-region]\n  depends: []\n  manifests:\n    chart: ./chart\n    values:\n      web:\n        replicas: \"{{ config.replicas }}\"\n        host: \"{{ application.name }}.{{ sovereign.domain }}\"\n",
    ),
    (
        "sovereigns/tiny/sovereign.yaml",
        "apiVersion: catalyst.openova.io/v1\nkind: Sovereign\nmetadata:\n  name: tiny\nspec:\n  domain: t77.omani.works\n  regions:\n    - provider: hetzner\n      region: nbg\n      blocks: [mgt, rtz]\n",
    ),
    (
        "sovereigns/tiny/organizations/acme/organization.yaml",
        "apiVersion: orgs.openova.io/v1\nkind: Organization\nmetadata:\n  name: acme\nspec:\n  sovereign: tiny\n  title: Acme\n  kind: customer\n  contact: ops@acme.omani.works\n",
    ),
    (
        "sovereigns/tiny/organizations/acme/environments/acme-prod.yaml",
        "apiVersion: catalyst.openova.io/v1\nkind: Environment\nmetadata:\n  name: acme-prod\nspec:\n  organization: acme\n  regions: [nbg]\n",
    ),
    (
        "sovereigns/tiny/organizations/acme/applications/site.yaml",
        "apiVersion: apps.openova.io/v1\nkind: Application\nmetadata:\n  name: site\nspec:\n  organization: acme\n  blueprint: bp-web\n  version: ^1\n  config:\n    replicas: 3\n  environments:\n    prod: {}\n",
    ),
];

/// Writes a project into a new folder.
pub(crate) fn write(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// Everything that is found in a project.
pub(crate) fn findings(folder: &Path) -> Vec<Diagnostic> {
    let project = Project::open(folder, Discover::default(), true).unwrap();
    compile(&project, &CompileOptions::default(), &NoProgress, |_, _| ()).diagnostics
}
