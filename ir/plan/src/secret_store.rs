//! Where the ExternalSecrets of a host cluster come from: what the kit's External Secrets serves there.

use crate::{Capability, ClusterPlan, Release};

/// The store that ExternalSecrets name, and the version in which they are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretStore<'a> {
    /// Name of the ClusterSecretStore.
    pub name: &'a str,
    /// `apiVersion` of ExternalSecrets.
    pub api_version: &'static str,
}

impl SecretStore<'_> {
    /// The store of a cluster whose kit has no External Secrets: the conventional name, in the current version.
    pub const CONVENTIONAL: SecretStore<'static> =
        SecretStore { name: "vault-region1", api_version: "external-secrets.io/v1" };
}

impl ClusterPlan {
    /// The store that the kit sets up here; `None` when it has no External Secrets.
    pub fn secret_store(&self) -> Option<SecretStore<'_>> {
        let release =
            self.releases.values().find(|it| it.entry.blueprint.name.as_str() == "bp-external-secrets")?;
        let conventional = SecretStore::CONVENTIONAL;
        let name = release.config.merged.get("storeName").and_then(|it| it.as_str());
        let api_version =
            if serves_old_only(release) { "external-secrets.io/v1beta1" } else { conventional.api_version };
        Some(SecretStore { name: name.unwrap_or(conventional.name), api_version })
    }
}

/// Whether ExternalSecrets are served, and not as v1.
fn serves_old_only(release: &Release) -> bool {
    let served: Vec<&str> = release
        .interface
        .provides
        .iter()
        .filter_map(|(capability, _)| match capability {
            Capability::Api { group, version, kind }
                if group == "external-secrets.io" && kind == "ExternalSecret" =>
            {
                Some(version.as_str())
            }
            _ => None,
        })
        .collect();
    !served.is_empty() && !served.contains(&"v1")
}
