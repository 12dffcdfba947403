//! Wrong input: each mistake gives its own finding, never a panic, and nothing else that is an error.

use crate::support::{SMALL, findings, write};
use catalyst_diag::Severity;

const SITE: &str = "sovereigns/tiny/organizations/acme/applications/site.yaml";
const SOVEREIGN: &str = "sovereigns/tiny/sovereign.yaml";
const ORGANIZATION: &str = "sovereigns/tiny/organizations/acme/organization.yaml";
const ENVIRONMENT: &str = "sovereigns/tiny/organizations/acme/environments/acme-prod.yaml";
const WEB: &str = "platform/web/blueprint.yaml";
const PROJECT: &str = "catalyst.yaml";

/// File, text that is replaced, what it is replaced by, the rule that must speak.
const CASES: &[(&str, &str, &str, &str)] = &[
    (SITE, "kind: Application", "kind: Aplication", "unknown-kind"),
    (SITE, "apps.openova.io/v1", "apps.openova.io/v9", "unknown-kind"),
    (SITE, "  version: ^1", "  versoin: ^1", "unknown-field"),
    (SITE, "  version: ^1", "  version: ^9", "version-conflict"),
    (SITE, "  version: ^1", "  version: '>>1'", "invalid-version"),
    (SITE, "  version: ^1", "  version: [1]", "wrong-type"),
    (SITE, "blueprint: bp-web", "blueprint: bp-wep", "undefined-blueprint"),
    (SITE, "blueprint: bp-web", "blueprint: web", "invalid-name"),
    (SITE, "organization: acme", "organization: acne", "undefined-organization"),
    (SITE, "    prod: {}", "    stg: {}", "undefined-environment"),
    (SITE, "    prod: {}", "    production: {}", "invalid-name"),
    (SITE, "replicas: 3", "replicas: 99", "invalid-config"),
    (SITE, "replicas: 3", "replicas: many", "invalid-config"),
    (SITE, "replicas: 3", "replica: 3", "unknown-config"),
    (SITE, "replicas: 3", "replicas: 3\n    replicas: 4", "duplicate-key"),
    (SITE, "replicas: 3", "replicas: 3\n    title: yes", "ambiguous-scalar"),
    (SITE, "replicas: 3", "replicas: [3", "yaml-syntax"),
    (SITE, "replicas: 3", "replicas: *nowhere", "undefined-alias"),
    (SITE, "replicas: 3", "3: 3", "non-string-key"),
    (SITE, "  environments:", "  size: huge\n  environments:", "unknown-size"),
    (SITE, "  environments:", "  dependencies: { db: { ref: x } }\n  environments:", "unknown-alias"),
    (SITE, "    prod: {}", "    prod: { placement: { mode: active-active } }", "placement-out-of-bounds"),
    (SITE, "    prod: {}", "    prod: { placement: { mode: everywhere } }", "invalid-value"),
    (
        SITE,
        "    prod: {}",
        "    prod: { placement: { mode: single-region, regions: [fsn] } }",
        "undefined-region",
    ),
    (SITE, "  name: site", "  name: Site", "invalid-name"),
    (SITE, "  environments:\n    prod: {}\n", "", "missing-field"),
    (SITE, "kind: Application\n", "", "missing-field"),
    (SOVEREIGN, "region: nbg", "region: nbq", "undefined-region"),
    (SOVEREIGN, "blocks: [mgt, rtz]", "blocks: [rtz]", "management-cluster"),
    (SOVEREIGN, "blocks: [mgt, rtz]", "blocks: [mgt]", "no-host-cluster"),
    (SOVEREIGN, "blocks: [mgt, rtz]", "blocks: [mgt, rtx]", "invalid-value"),
    (SOVEREIGN, "provider: hetzner", "provider: hetzer", "invalid-value"),
    (SOVEREIGN, "t77.omani.works", "t77.openova.io", "forbidden-domain"),
    (SOVEREIGN, "t77.omani.works", "nowhere", "invalid-name"),
    (SOVEREIGN, "  regions:", "  target: newest\n  regions:", "undefined-target"),
    (SOVEREIGN, "  regions:", "  keycloakTopology: none\n  regions:", "invalid-value"),
    (ORGANIZATION, "sovereign: tiny", "sovereign: tinny", "undefined-sovereign"),
    (ORGANIZATION, "kind: customer", "kind: friend", "invalid-value"),
    (ORGANIZATION, "  name: acme", "  name: flux", "reserved-name"),
    (ORGANIZATION, "  title: Acme\n", "", "missing-field"),
    (ENVIRONMENT, "regions: [nbg]", "regions: [fsn]", "undefined-region"),
    (ENVIRONMENT, "regions: [nbg]", "regions: []", "invalid-value"),
    (ENVIRONMENT, "  name: acme-prod", "  name: other-prod", "invalid-name"),
    (WEB, "config.replicas", "config.replicsa", "undefined-variable"),
    (WEB, "{{ config.replicas }}", "{{ config.replicas + }}", "invalid-expression"),
    (WEB, "{{ config.replicas }}", "{{ config.replicas + 'x' }}", "invalid-expression"),
    (WEB, "default: 2", "default: 20", "invalid-default"),
    (WEB, "type: object\n    additional", "type: list\n    additional", "invalid-schema"),
    (WEB, "depends: []", "depends:\n    - blueprint: bp-nothing", "undefined-blueprint"),
    (WEB, "depends: []", "depends:\n    - blueprint: bp-web", "dependency-cycle"),
    (WEB, "version: 1.2.0", "version: 1.2", "wrong-type"),
    (WEB, "visibility: listed", "visibility: private", "invisible-blueprint"),
    (PROJECT, "host: registry.omani.works", "host: https://registry", "invalid-value"),
    (PROJECT, "kind: Project", "kind: Project\nkind: Project", "duplicate-key"),
    (PROJECT, "  domains:", "  rules: { unknown-feild: warn }\n  domains:", "undefined-rule"),
];

#[test]
fn the_small_project_is_clean() {
    let folder = write(SMALL);
    // The project has no kit, so what a kit brings to clusters is missing; that is all that may be said of it.
    let without_kit = ["undeclared-extern", "unavailable-api", "unused-extern"];
    let found: Vec<_> = findings(folder.path())
        .into_iter()
        .filter(|it| it.severity != Severity::Note && !without_kit.contains(&it.rule.name))
        .map(|it| (it.rule.name, it.message))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_mistake_gives_its_finding() {
    let mut wrong = Vec::new();
    for (file, from, to, rule) in CASES {
        let files: Vec<(&str, String)> = SMALL
            .iter()
            .map(|(path, text)| {
                (*path, if path == file { text.replacen(from, to, 1) } else { (*text).to_owned() })
            })
            .collect();
        assert!(
            SMALL.iter().any(|(path, text)| path == file && text.contains(from)),
            "{file} holds {from:?}"
        );
        let borrowed: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let folder = write(&borrowed);
        let found = findings(folder.path());
        if !found.iter().any(|it| it.rule.name == *rule) {
            let rules: Vec<_> = found.iter().map(|it| it.rule.name).collect();
            wrong.push(format!("{file}: {from:?} -> {to:?}: expected {rule}, found {rules:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
