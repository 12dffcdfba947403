//! The small project in `project/`, which uses most of what intent can say.

/// Its paths and texts, sorted by path.
pub const PROJECT: &[(&str, &str)] = &[
    ("catalyst.yaml", include_str!("../project/catalyst.yaml")),
    ("clusters/_template/kit.yaml", include_str!("../project/clusters/_template/kit.yaml")),
    ("platform/cnpg/blueprint.yaml", include_str!("../project/platform/cnpg/blueprint.yaml")),
    ("platform/flux/blueprint.yaml", include_str!("../project/platform/flux/blueprint.yaml")),
    ("platform/store/blueprint.yaml", include_str!("../project/platform/store/blueprint.yaml")),
    ("platform/web/blueprint.yaml", include_str!("../project/platform/web/blueprint.yaml")),
    (
        "sovereigns/tiny/catalog/notes/blueprint.yaml",
        include_str!("../project/sovereigns/tiny/catalog/notes/blueprint.yaml"),
    ),
    (
        "sovereigns/tiny/organizations/acme/applications/notes.yaml",
        include_str!("../project/sovereigns/tiny/organizations/acme/applications/notes.yaml"),
    ),
    (
        "sovereigns/tiny/organizations/acme/applications/site.yaml",
        include_str!("../project/sovereigns/tiny/organizations/acme/applications/site.yaml"),
    ),
    (
        "sovereigns/tiny/organizations/acme/applications/store.yaml",
        include_str!("../project/sovereigns/tiny/organizations/acme/applications/store.yaml"),
    ),
    (
        "sovereigns/tiny/organizations/acme/continuums/site.yaml",
        include_str!("../project/sovereigns/tiny/organizations/acme/continuums/site.yaml"),
    ),
    (
        "sovereigns/tiny/organizations/acme/continuums/store.yaml",
        include_str!("../project/sovereigns/tiny/organizations/acme/continuums/store.yaml"),
    ),
    (
        "sovereigns/tiny/organizations/acme/environments/acme-dev.yaml",
        include_str!("../project/sovereigns/tiny/organizations/acme/environments/acme-dev.yaml"),
    ),
    (
        "sovereigns/tiny/organizations/acme/environments/acme-prod.yaml",
        include_str!("../project/sovereigns/tiny/organizations/acme/environments/acme-prod.yaml"),
    ),
    (
        "sovereigns/tiny/organizations/acme/organization.yaml",
        include_str!("../project/sovereigns/tiny/organizations/acme/organization.yaml"),
    ),
    (
        "sovereigns/tiny/policies/acme-prod-policy.yaml",
        include_str!("../project/sovereigns/tiny/policies/acme-prod-policy.yaml"),
    ),
    ("sovereigns/tiny/sovereign.yaml", include_str!("../project/sovereigns/tiny/sovereign.yaml")),
];
