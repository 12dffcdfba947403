//! The envelope that all kinds share, and the table of kinds.

use crate::kinds::*;
use crate::names::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Labels and annotations of a document. The name is typed and stands in [`Resource`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Metadata {
    /// Labels, as in Kubernetes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Annotations, as in Kubernetes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// One document of intent: a typed name, its metadata, and its spec.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource<N, S> {
    /// `metadata.name`.
    pub name: N,
    /// The rest of `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: S,
    /// How its keys follow each other.
    pub keys: KeyOrder,
}

/// How the keys of a document follow each other, as a digest. Mappings are equal whatever the order of their keys, and output keeps that
/// order: without this, documents that differ in nothing else would be taken for the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyOrder(u64);

impl KeyOrder {
    fn of(document: &serde_json::Value) -> KeyOrder {
        // FNV-1a: small, and the same everywhere.
        fn add(hash: u64, bytes: &[u8]) -> u64 {
            bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
        }
        fn walk(hash: u64, value: &serde_json::Value) -> u64 {
            match value {
                serde_json::Value::Object(map) => map.iter().fold(add(hash, b"{"), |hash, (key, value)| {
                    walk(add(add(hash, key.as_bytes()), b":"), value)
                }),
                serde_json::Value::Array(items) => items.iter().fold(add(hash, b"["), walk),
                _ => add(hash, b"."),
            }
        }
        KeyOrder(walk(0xcbf2_9ce4_8422_2325, document))
    }
}

/// What is fixed for a kind: its group, its words, and how its schema is made.
pub struct KindInfo {
    /// `Application`.
    pub kind: &'static str,
    /// `apps.openova.io`.
    pub group: &'static str,
    /// `applications`; the plural in the API server.
    pub plural: &'static str,
    /// Short names for `kubectl`.
    pub short: &'static [&'static str],
    /// Whether the kind also exists as a CRD in clusters. The project file and the kit are the compiler's own.
    pub crd: bool,
    /// What it is, in one line.
    pub summary: &'static str,
    /// JSON Schema of `metadata.name`.
    pub name_schema: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
    /// JSON Schema of `spec`.
    pub spec_schema: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
    /// Makes the typed value from a document that the schema has accepted.
    pub read: fn(&serde_json::Value) -> Result<Intent, String>,
}

impl KindInfo {
    /// `group/version` as the compiler writes it.
    pub fn api_version(&self) -> String {
        format!("{}/v1", self.group)
    }
}

impl std::fmt::Debug for KindInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind)
    }
}

#[derive(Deserialize)]
struct RawMetadata<N> {
    name: N,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "N: Deserialize<'de>, S: Deserialize<'de>"))]
struct Raw<N, S> {
    metadata: RawMetadata<N>,
    spec: S,
}

fn read<N, S>(document: &serde_json::Value) -> Result<Resource<N, S>, String>
where
    N: for<'de> Deserialize<'de>,
    S: for<'de> Deserialize<'de>,
{
    let raw = Raw::<N, S>::deserialize(document).map_err(|error| error.to_string())?;
    let RawMetadata { name, labels, annotations } = raw.metadata;
    Ok(Resource {
        name,
        metadata: Metadata { labels, annotations },
        spec: raw.spec,
        keys: KeyOrder::of(document),
    })
}

macro_rules! kinds {
    ($($variant:ident($name:ty, $spec:ty), $group:literal, $plural:literal, [$($short:literal),*], $crd:literal, $summary:literal;)*) => {
        $(
            #[doc = $summary]
            pub type $variant = Resource<$name, $spec>;
        )*

        /// A document of intent of any kind. Shared, because many queries hold the same document.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Intent { $(#[doc = $summary] $variant(Arc<$variant>)),* }

        impl Intent {
            /// The kind's entry in the table.
            pub fn kind(&self) -> &'static KindInfo {
                match self { $(Intent::$variant(_) => &info::$variant),* }
            }

            /// `metadata.name` as text.
            pub fn name(&self) -> String {
                match self { $(Intent::$variant(it) => it.name.to_string()),* }
            }
        }

        mod info {
            #![expect(non_upper_case_globals, reason = "one static a kind, under the kind's own name")]
            use super::*;
            $(
                pub(super) static $variant: KindInfo = KindInfo {
                    kind: stringify!($variant), group: $group, plural: $plural, short: &[$($short),*], crd: $crd, summary: $summary,
                    name_schema: |generator| generator.subschema_for::<$name>(),
                    spec_schema: |generator| generator.subschema_for::<$spec>(),
                    read: |document| Ok(Intent::$variant(Arc::new(read::<$name, $spec>(document)?))),
                };
            )*
        }

        /// All kinds, by name.
        pub static KINDS: &[&KindInfo] = &[$(&info::$variant),*];
    };
}

kinds! {
    Application(AppName, ApplicationSpec), "apps.openova.io", "applications", ["app"], true,
        "A running deployment of a Blueprint in the Environments of an Organization";
    Blueprint(BlueprintName, BlueprintSpec), "catalyst.openova.io", "blueprints", ["bp"], true,
        "The unit of installation: a chart with an interface";
    Continuum(AppName, ContinuumSpec), "dr.openova.io", "continuums", [], true,
        "Failover of one Application between two regions: lease, witness, switchover";
    Environment(EnvironmentName, EnvironmentSpec), "catalyst.openova.io", "environments", ["env"], true,
        "Where an Organization installs Applications: one env type on a set of host clusters";
    EnvironmentPolicy(ObjectName, EnvironmentPolicySpec), "catalyst.openova.io", "environmentpolicies", ["envpol"], true,
        "What a change must pass to reach an Environment";
    Kit(ObjectName, KitSpec), "catalyst.openova.io", "kits", [], false,
        "The bootstrap kit: slots, pins, order-only edges and phases";
    Organization(OrgName, OrganizationSpec), "orgs.openova.io", "organizations", ["org"], true,
        "The unit of isolation: namespace, vCluster, Git organization, identity group";
    Project(ObjectName, ProjectSpec), "catalyst.openova.io", "projects", [], false,
        "The project file: targets, registry, externs, rule levels";
    Runbook(ObjectName, RunbookSpec), "catalyst.openova.io", "runbooks", ["rb"], true,
        "What to run when an alert fires, and how to check and undo it";
    SecretPolicy(ObjectName, SecretPolicySpec), "catalyst.openova.io", "secretpolicies", ["secpol"], true,
        "How long secrets of a kind live and who approves their rotation";
    Sovereign(SovereignName, SovereignSpec), "catalyst.openova.io", "sovereigns", ["sov"], true,
        "A deployed Catalyst: its domain, regions and topology";
    UserAccess(ObjectName, UserAccessSpec), "catalyst.openova.io", "useraccesses", ["ua"], true,
        "A person's tier in a scope of labels";
}

/// The kind of this name.
pub fn find_kind(kind: &str) -> Option<&'static KindInfo> {
    KINDS.iter().copied().find(|info| info.kind == kind)
}
