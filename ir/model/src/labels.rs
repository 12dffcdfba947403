//! The labels of domain.md 13.3 and the limits of Kubernetes on label values.

/// Long name of the provider.
pub const PROVIDER: &str = "openova.io/provider";
/// Region code.
pub const REGION: &str = "openova.io/region";
/// Building block.
pub const BUILDING_BLOCK: &str = "openova.io/building-block";
/// Env type.
pub const ENV_TYPE: &str = "openova.io/env-type";
/// Domain of the Sovereign.
pub const SOVEREIGN: &str = "openova.io/sovereign";
/// Name of the host cluster.
pub const HOST_CLUSTER: &str = "openova.io/host-cluster";
/// Slug of the Organization.
pub const ORGANIZATION: &str = "openova.io/organization";
/// Name of the Environment.
pub const ENVIRONMENT: &str = "openova.io/environment";
/// Name of the vCluster.
pub const VCLUSTER: &str = "openova.io/vcluster";
/// Name of the Application.
pub const APPLICATION: &str = "openova.io/application";
/// Name of the Blueprint.
pub const BLUEPRINT: &str = "openova.io/blueprint";
/// Version of the Blueprint, without build metadata.
pub const BLUEPRINT_VERSION: &str = "openova.io/blueprint-version";
/// Who reconciles the object: flux, crossplane, opentofu or manual.
pub const MANAGED_BY: &str = "openova.io/managed-by";
/// The common Kubernetes label of the same meaning.
pub const APP_MANAGED_BY: &str = "app.kubernetes.io/managed-by";

/// All keys of the vocabulary.
pub const ALL: &[&str] = &[
    PROVIDER,
    REGION,
    BUILDING_BLOCK,
    ENV_TYPE,
    SOVEREIGN,
    HOST_CLUSTER,
    ORGANIZATION,
    ENVIRONMENT,
    VCLUSTER,
    APPLICATION,
    BLUEPRINT,
    BLUEPRINT_VERSION,
    MANAGED_BY,
    APP_MANAGED_BY,
];

/// JSON Schema of the key of a label or annotation: a name of at most 63 characters, perhaps behind a domain and `/`.
pub(crate) fn key_schema() -> serde_json::Value {
    serde_json::json!({
        "type": "string",
        "title": "label key",
        "pattern": "^([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$",
        "maxLength": 317,
    })
}

/// What Kubernetes holds against a label key: a name of at most 63 characters of the kind that values have, perhaps behind a domain of at
/// most 253 and `/`. Source: Kubernetes, "Labels and Selectors".
pub fn check_key(key: &str) -> Result<(), &'static str> {
    let (domain, name) = key.rsplit_once('/').map_or((None, key), |(domain, name)| (Some(domain), name));
    if domain.is_some_and(|domain| crate::ObjectName::new(domain).is_err()) {
        return Err("what stands before `/` in a label key is a domain");
    }
    if name.is_empty() {
        return Err("a label key has a name");
    }
    check_value(name).map_err(
        |_| "a label key has at most 63 letters, digits, `-`, `_` and `.`, a letter or digit at both ends",
    )
}

/// What Kubernetes holds against a label value: at most 63 characters, letters, digits, `-`, `_` and `.`, a letter or digit at both ends.
/// The empty value is legal. Source: Kubernetes, "Labels and Selectors".
pub fn check_value(value: &str) -> Result<(), &'static str> {
    if value.len() > 63 {
        return Err("a label value has at most 63 characters");
    }
    let edge = |c: char| c.is_ascii_alphanumeric();
    if !value.chars().all(|c| edge(c) || matches!(c, '-' | '_' | '.')) {
        return Err("a label value holds letters, digits, `-`, `_` and `.` only");
    }
    if !value.is_empty() && (!value.starts_with(edge) || !value.ends_with(edge)) {
        return Err("a label value starts and ends with a letter or digit");
    }
    Ok(())
}
