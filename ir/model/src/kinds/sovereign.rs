use super::{keys, spec, words};
use crate::{
    BlueprintName, BuildingBlock, Constraint, DomainName, EnvType, Provider, RegionCode, RegionKey, Values,
};
use std::collections::BTreeMap;

spec! {
    /// A deployed Catalyst.
    pub struct SovereignSpec {
        /// The domain of the Sovereign. Its zone holds the records of the control plane.
        pub domain: DomainName,
        /// Who owns the zone: a pool of the provider, or the customer, by hand or by API.
        #[serde(default = "pool")]
        pub domain_mode: DomainMode,
        /// Who runs it, for people.
        #[serde(default)]
        pub title: Option<String>,
        /// Whom to call.
        #[serde(default)]
        pub contact: Option<String>,
        /// One identity server for each Organization, or one for all.
        #[serde(default = "per_organization")]
        pub keycloak_topology: KeycloakTopology,
        /// The corporate identity provider that users come from.
        #[serde(default)]
        pub federation: Option<Federation>,
        /// The regions, each with its building blocks. Exactly one region holds the management cluster.
        #[schemars(length(min = 1))]
        pub regions: Vec<RegionSpec>,
        /// Env type in the name of the management cluster.
        #[serde(default = "prod")]
        pub env_type: EnvType,
        /// Target that the clusters run; `default` unless named.
        #[serde(default)]
        pub target: Option<String>,
        /// What its releases are written as, when it is not what the project says.
        #[serde(default)]
        pub output: Option<OutputProfile>,
        /// Whom Secrets are encrypted for that a build writes, when it is not whom the project names.
        #[serde(default)]
        pub secrets: Option<Secrets>,
        /// What this Sovereign changes in the kit.
        #[serde(default)]
        pub kit: KitOverrides,
        /// Where intent and charts of this Sovereign come from, when it is not the project's.
        #[serde(default)]
        pub registry: Option<super::Registry>,
        /// The Git repository that its host clusters read, when it is not the project's.
        #[serde(default)]
        pub git: Option<super::GitSource>,
        /// Says that it has no way out: what is compiled for it names nothing outside of it. Registry and Git are its own then, `harbor.` and
        /// `gitea.` below its domain, unless it names others.
        #[serde(default)]
        pub air_gap: Option<AirGap>,
    }

    /// Whom Secrets are encrypted for, by SOPS, and where host clusters find the key.
    pub struct Secrets {
        /// Recipients of age. Whoever has the key of one of them can read what is encrypted.
        #[schemars(length(min = 1), inner(regex(pattern = r"^age1[a-z0-9]{20,4000}$")))]
        pub age: Vec<String>,
        /// Name of the Secret in namespace `flux-system` that holds the key, in an entry that ends in `.agekey`.
        #[serde(default = "key_secret")]
        #[schemars(regex(pattern = r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$"))]
        pub key_secret: String,
    }

    /// A Sovereign without a way out.
    #[derive(Default)]
    pub struct AirGap {
        /// Hosts outside that may be named all the same.
        #[serde(default)]
        pub allowed: Vec<AllowedHost>,
    }

    /// A host outside of an air-gapped Sovereign that may be named.
    pub struct AllowedHost {
        /// The host; those below it are allowed too.
        pub host: DomainName,
        /// Why it may be named.
        #[schemars(length(min = 1))]
        pub reason: String,
    }

    /// One region.
    pub struct RegionSpec {
        /// How intent refers to the region; the region code unless given.
        #[serde(default)]
        pub key: Option<RegionKey>,
        /// The provider.
        pub provider: Provider,
        /// The region code.
        pub region: RegionCode,
        /// The building blocks here.
        #[schemars(length(min = 1))]
        pub blocks: Vec<BuildingBlock>,
        /// Env types of the workload clusters here.
        #[serde(default = "prod_only")]
        #[schemars(length(min = 1))]
        pub env_types: Vec<EnvType>,
        /// Server type of the one node of each cluster.
        #[serde(default = "node_type")]
        #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9._-]{1,31}$"))]
        pub node_type: String,
        /// Address of the load balancer, when it is known before provisioning.
        #[serde(default)]
        pub load_balancer: Option<String>,
        /// Target of the clusters here, when it is not the Sovereign's.
        #[serde(default)]
        pub target: Option<String>,
    }

    /// Where users of a corporate Sovereign come from.
    pub struct Federation {
        /// Kind of identity provider.
        pub provider: IdentityProvider,
        /// Issuer URL.
        #[schemars(regex(pattern = r"^https://\S+$"))]
        pub issuer: String,
        /// Path in OpenBao of the client secret.
        pub secret: String,
    }

    /// Changes to the kit, by Blueprint.
    #[derive(Default)]
    pub struct KitOverrides {
        /// The phase set to install; all slots unless named.
        #[serde(default)]
        pub phase: Option<String>,
        /// Overrides by Blueprint.
        #[serde(default)]
        #[schemars(extend("propertyNames" = keys::<BlueprintName>()))]
        pub blueprints: BTreeMap<BlueprintName, KitOverride>,
    }

    /// What a Sovereign changes about one slot.
    #[derive(Default)]
    pub struct KitOverride {
        /// Leaves the slot out.
        #[serde(default)]
        pub disabled: bool,
        /// Installs a slot that is opt-in.
        #[serde(default)]
        pub enabled: bool,
        /// Another version than the kit's pin; an exact one.
        #[serde(default)]
        pub version: Option<Constraint>,
        /// Size overlay.
        #[serde(default)]
        pub size: Option<String>,
        /// Config over the slot's.
        #[serde(default)]
        pub config: Values,
        /// Chart values over everything else.
        #[serde(default)]
        pub values: Values,
    }
}

words! {
    /// What the releases of a kit are written as.
    pub enum OutputProfile {
        /// HelmReleases, which the cluster renders.
        Releases,
        /// Plain manifests, which the compiler renders.
        Rendered,
    }

    /// Who owns the zone of a Sovereign.
    pub enum DomainMode {
        /// The provider's pool of domains.
        Pool,
        /// The customer, delegating by hand.
        ByoManual,
        /// The customer, delegating through a registrar's API.
        ByoApi,
    }

    /// How identity is laid out.
    pub enum KeycloakTopology {
        /// One realm an Organization, each in a small server of its own.
        PerOrganization,
        /// One highly available server for the whole Sovereign.
        SharedSovereign,
    }

    /// Kinds of corporate identity provider.
    pub enum IdentityProvider {
        /// Microsoft Entra ID.
        Azure,
        /// Okta.
        Okta,
        /// Any OpenID Connect provider.
        Oidc,
    }
}

impl RegionSpec {
    /// How intent refers to the region.
    pub fn key(&self) -> RegionKey {
        let code = || RegionKey::new(self.region.as_str());
        self.key
            .clone()
            .or_else(|| code().ok())
            .unwrap_or_else(|| unreachable!("every region code is a region key"))
    }
}

fn pool() -> DomainMode {
    DomainMode::Pool
}

fn per_organization() -> KeycloakTopology {
    KeycloakTopology::PerOrganization
}

fn prod() -> EnvType {
    EnvType::Prod
}

fn prod_only() -> Vec<EnvType> {
    vec![EnvType::Prod]
}

fn node_type() -> String {
    "cpx52".into()
}

fn key_secret() -> String {
    "sops-age".into()
}
