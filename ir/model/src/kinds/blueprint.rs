use super::{spec, words, words_of};
use crate::{BlueprintName, Constraint, OrgName, SovereignName, Values, Version};
use serde_json::Value;
use std::collections::BTreeMap;

spec! {
    /// The unit of installation: a chart, its card, its config, its dependencies, and what it gives to and needs from others.
    pub struct BlueprintSpec {
        /// Version of the Blueprint, which is also the version of its chart.
        pub version: Version,
        /// How it is shown in a catalogue.
        pub card: Card,
        /// Who may see it.
        #[serde(default = "unlisted")]
        pub visibility: Visibility,
        /// The catalogue it belongs to; the public one unless given.
        #[serde(default)]
        pub catalog: CatalogScope,
        /// Who keeps it.
        #[serde(default)]
        pub owner: Option<Owner>,
        /// JSON Schema of its config. A form can be made from it.
        #[serde(default)]
        pub config_schema: Option<Value>,
        /// Where it may run.
        #[serde(default)]
        pub placement_schema: PlacementSchema,
        /// Blueprints it needs. Absent means "not declared", which is not the same as none.
        #[serde(default)]
        pub depends: Option<Vec<Dependency>>,
        /// The chart, and how config becomes its values.
        #[serde(default)]
        pub manifests: Manifests,
        /// Sizes: config and chart values by name, usually small, medium and large.
        #[serde(default)]
        #[schemars(extend("propertyNames" = words_of("size")))]
        pub overlays: BTreeMap<String, Overlay>,
        /// What it gives to others.
        #[serde(default)]
        pub provides: Interface,
        /// What it needs from others beyond `depends`. Any earlier release, phase 0 or an extern may bring it.
        #[serde(default)]
        pub requires: Interface,
        /// Facts for dependents, by name.
        #[serde(default)]
        pub outputs: BTreeMap<String, Value>,
        /// From which versions one may upgrade.
        #[serde(default)]
        pub upgrades: Upgrades,
        /// Secrets that rotate.
        #[serde(default)]
        pub rotation: Vec<Rotation>,
        /// What it reports.
        #[serde(default)]
        pub observability: Option<Observability>,
        /// What it may reach.
        #[serde(default)]
        pub networking: Networking,
        /// What to ask of it to know that it is well.
        #[serde(default)]
        pub health_check: Option<super::HealthCheck>,
        /// What to ask of the cluster to know that it is ready.
        #[serde(default)]
        pub readiness: Option<Readiness>,
    }

    /// How a Blueprint is shown in a catalogue.
    pub struct Card {
        /// Display name.
        #[schemars(length(min = 1))]
        pub title: String,
        /// What it is, in a sentence or two.
        #[schemars(length(min = 1))]
        pub summary: String,
        /// A few words under the title.
        #[serde(default)]
        pub tagline: Option<String>,
        /// File of the icon, in the folder `card`.
        #[serde(default)]
        pub icon: Option<String>,
        /// Files of screenshots, in the folder `card`.
        #[serde(default)]
        pub screenshots: Vec<String>,
        /// Category, as in `data` or `composite`.
        #[serde(default)]
        pub category: Option<String>,
        /// Family of components it is shown with.
        #[serde(default)]
        pub family: Option<String>,
        /// Words to find it by.
        #[serde(default)]
        pub tags: Vec<String>,
        /// Documentation of the component.
        #[serde(default)]
        #[schemars(regex(pattern = r"^https?://\S+$"))]
        pub documentation: Option<String>,
        /// Licence of the component, as an SPDX id.
        #[serde(default)]
        pub license: Option<String>,
    }

    /// The catalogue a Blueprint belongs to. Empty means the public one.
    #[derive(Default)]
    pub struct CatalogScope {
        /// Curated by this Sovereign.
        #[serde(default)]
        pub sovereign: Option<SovereignName>,
        /// Private to this Organization of the Sovereign.
        #[serde(default)]
        pub organization: Option<OrgName>,
    }

    /// Who keeps a Blueprint.
    pub struct Owner {
        /// The team.
        pub team: String,
        /// An address.
        #[serde(default)]
        pub contact: Option<String>,
    }

    /// Where a Blueprint may run.
    pub struct PlacementSchema {
        /// Modes it supports.
        #[serde(default = "single_only")]
        #[schemars(length(min = 1))]
        pub modes: Vec<PlacementMode>,
        /// Mode of an Application that chooses none; the first of `modes` unless given.
        #[serde(default)]
        pub default: Option<PlacementMode>,
        /// Fewest regions.
        #[serde(default)]
        #[schemars(range(min = 1, max = 64))]
        pub min_regions: Option<u32>,
        /// Most regions.
        #[serde(default)]
        #[schemars(range(min = 1, max = 64))]
        pub max_regions: Option<u32>,
        /// Whether it is installed in host clusters, in vClusters, or both. A dependency on what only runs in host clusters is met by the
        /// kit.
        #[serde(default = "both_scopes")]
        #[schemars(length(min = 1))]
        pub scopes: Vec<InstallScope>,
    }

    /// One Blueprint that another needs.
    pub struct Dependency {
        /// Its name.
        pub blueprint: BlueprintName,
        /// Which versions will do.
        #[serde(default = "Constraint::any")]
        #[schemars(with = "Option<Constraint>")]
        pub version: Constraint,
        /// Its name in expressions and in `.Values.dependencies`; the Blueprint's short name unless given.
        #[serde(default)]
        #[schemars(regex(pattern = r"^[a-z][a-zA-Z0-9]{0,30}$"))]
        pub alias: Option<String>,
        /// Expression that says whether it is needed.
        #[serde(default)]
        pub when: Option<String>,
        /// Config handed to the dependency; scalars may hold expressions.
        #[serde(default)]
        pub values: Values,
    }

    /// The chart of a Blueprint and the way its values are made.
    #[derive(Default)]
    pub struct Manifests {
        /// Folder of the chart, relative to the Blueprint; `./chart` when it exists.
        #[serde(default)]
        #[schemars(regex(pattern = r"^\.(/\.?[A-Za-z0-9_-][A-Za-z0-9._-]*)+/?$"))]
        pub chart: Option<String>,
        /// A published artifact instead of a folder.
        #[serde(default)]
        pub source: Option<ManifestSource>,
        /// Upstream charts inside the chart. Must equal `Chart.yaml`.
        #[serde(default)]
        pub upstream: Vec<Upstream>,
        /// Chart values made from config; scalars may hold expressions.
        #[serde(default)]
        pub values: Values,
        /// Functions of templates whose result is left to the cluster, since no render before can know it.
        #[serde(default)]
        pub deferred: Vec<Deferred>,
        /// Places in rendered objects that hold images, beside those of pods. A place in a kind that the Blueprint provides counts in every
        /// chart.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub images: Vec<ImagePlace>,
        /// Paths of chart values that hold replica counts. A standby sets them to zero, and the agent sets them back.
        #[serde(default)]
        pub replicas: Vec<String>,
    }

    /// A place in rendered objects that holds an image, or only seems to.
    pub struct ImagePlace {
        /// Kind of the objects: `Kind`, or `Kind.group`.
        #[schemars(regex(pattern = r"^[A-Z][A-Za-z0-9]*(\.[a-z0-9.-]+)?$"))]
        pub kind: String,
        /// Way to the value: keys with dots between, `[]` for each item of a list, `[name=x]` for the items with this field, `*` for each key. A
        /// text there is an image; a mapping is one in parts (`registry`, `repository`, `tag`, `digest`); a text of several words holds
        /// images behind `image:`.
        #[schemars(regex(pattern = r#"^([^\s.\[\]"]+|\["[^"]+"\])(\.[^\s.\[\]"]+|\["[^"]+"\]|\[\]|\[[A-Za-z]+=[^\s\]]+\])*$"#))]
        pub path: String,
        /// What stands before the image, as in `--image=`. Texts that do not begin with it are none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(min = 1))]
        pub prefix: Option<String>,
        /// Why what stands there is no image, though it looks like one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(min = 1))]
        pub not_image: Option<String>,
    }

    /// A function of templates that is left to the cluster.
    pub struct Deferred {
        /// Its name, as in `lookup`.
        #[schemars(length(min = 1))]
        pub function: String,
        /// Why no value can take its place.
        #[schemars(length(min = 1))]
        pub reason: String,
    }

    /// An artifact that is already published.
    pub struct ManifestSource {
        /// What it is.
        pub kind: SourceKind,
        /// Its reference.
        #[serde(rename = "ref")]
        pub reference: String,
    }

    /// An upstream chart.
    pub struct Upstream {
        /// Name of the chart.
        pub chart: String,
        /// Its exact version.
        pub version: Version,
        /// The repository it comes from: an HTTP or OCI URL.
        #[schemars(regex(pattern = r"^(https?|oci)://\S+$"))]
        pub repository: String,
    }

    /// What a size changes.
    #[derive(Default)]
    pub struct Overlay {
        /// Config over the defaults.
        #[serde(default)]
        pub config: Values,
        /// Chart values over those made from config.
        #[serde(default)]
        pub values: Values,
    }

    /// What a Blueprint exports, or needs, inside one cluster.
    #[derive(Default)]
    pub struct Interface {
        /// API groups with the kinds that are served.
        #[serde(default)]
        pub apis: Vec<Api>,
        /// Secrets.
        #[serde(default)]
        pub secrets: Vec<Export>,
        /// ConfigMaps.
        #[serde(default)]
        pub config_maps: Vec<Export>,
        /// Services.
        #[serde(default)]
        pub services: Vec<Export>,
        /// StorageClasses.
        #[serde(default)]
        pub storage_classes: Vec<Export>,
        /// ClusterIssuers.
        #[serde(default)]
        pub issuers: Vec<Export>,
        /// GatewayClasses.
        #[serde(default)]
        pub gateway_classes: Vec<Export>,
        /// Namespaces.
        #[serde(default)]
        pub namespaces: Vec<Export>,
        /// Addresses outside the cluster's own names, as host or host:port.
        #[serde(default)]
        pub endpoints: Vec<Export>,
    }

    /// The kinds of one version of an API group.
    pub struct Api {
        /// The group.
        pub group: String,
        /// The version.
        #[schemars(regex(pattern = r"^v[0-9]+((alpha|beta)[0-9]+)?$"))]
        pub version: String,
        /// The kinds.
        #[schemars(length(min = 1))]
        pub kinds: Vec<String>,
        /// Expression that says whether it is served or needed.
        #[serde(default)]
        pub when: Option<String>,
    }

    /// One named object.
    pub struct Export {
        /// Its name.
        #[schemars(length(min = 1))]
        pub name: String,
        /// Its namespace, when it is not that of the release.
        #[serde(default)]
        pub namespace: Option<String>,
        /// Keys of a Secret or ConfigMap.
        #[serde(default)]
        pub keys: Vec<String>,
        /// Port of a Service.
        #[serde(default)]
        #[schemars(range(min = 1, max = 65535))]
        pub port: Option<u32>,
        /// Expression that says whether it exists or is needed.
        #[serde(default)]
        pub when: Option<String>,
    }

    /// Upgrade paths.
    #[derive(Default)]
    pub struct Upgrades {
        /// Versions that may be upgraded from.
        #[serde(default)]
        pub from: Vec<Constraint>,
        /// Versions that may not.
        #[serde(default)]
        pub blocks: Vec<Constraint>,
    }

    /// A secret that rotates.
    pub struct Rotation {
        /// Name of the Secret.
        pub secret: String,
        /// What it is, for SecretPolicies.
        pub kind: super::SecretKind,
        /// How it is renewed, in a few words.
        #[serde(default)]
        pub how: Option<String>,
    }

    /// What a Blueprint reports.
    pub struct Observability {
        /// How metrics are read.
        #[serde(default)]
        pub metrics: Option<String>,
        /// Where logs go.
        #[serde(default)]
        pub logs: Option<String>,
        /// How traces are sent.
        #[serde(default)]
        pub traces: Option<String>,
    }

    /// What a Blueprint may reach.
    #[derive(Default)]
    pub struct Networking {
        /// Destinations outside its namespace.
        #[serde(default)]
        pub egress: Vec<Egress>,
    }

    /// One destination.
    pub struct Egress {
        /// A host name, or `*.` and a domain.
        #[serde(default)]
        pub host: Option<String>,
        /// A Blueprint whose namespace may be reached.
        #[serde(default)]
        pub blueprint: Option<BlueprintName>,
        /// Port.
        #[schemars(range(min = 1, max = 65535))]
        pub port: u32,
        /// Protocol; TCP unless given.
        #[serde(default)]
        pub protocol: Option<Protocol>,
        /// Why.
        #[serde(default)]
        pub reason: Option<String>,
    }

    /// What to ask of the cluster to know that a Blueprint is ready.
    pub struct Readiness {
        /// Kind of the object, as kubectl takes it: `deployment`, `clusterissuer`.
        pub kind: String,
        /// Its name.
        pub name: String,
        /// Its namespace; that of the release unless given.
        #[serde(default)]
        pub namespace: Option<String>,
        /// Condition to wait for.
        #[serde(default = "available")]
        pub condition: String,
        /// How long it may take until it is ready, in seconds. Ten minutes unless given, which is what all slots have together.
        #[serde(default = "ten_minutes")]
        #[schemars(range(min = 1, max = 600))]
        pub timeout_seconds: u32,
    }
}

words! {
    /// Who may see a Blueprint.
    pub enum Visibility {
        /// Everybody, in the catalogue.
        Listed,
        /// Everybody who knows its name.
        Unlisted,
        /// Only its own catalogue scope.
        Private,
    }

    /// How an Application spans regions.
    pub enum PlacementMode {
        /// One region.
        SingleRegion,
        /// All regions serve.
        ActiveActive,
        /// One region serves, the others stand by without replicas.
        ActiveHotstandby,
    }

    /// What a Blueprint is installed into.
    pub enum InstallScope {
        /// A host cluster, by the kit.
        Cluster,
        /// The vCluster of an Organization, as an Application.
        Vcluster,
    }

    /// IP protocols of egress rules.
    pub enum Protocol {
        /// TCP.
        Tcp,
        /// UDP.
        Udp,
    }
}

/// What a published artifact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[schemars(inline)]
pub enum SourceKind {
    /// A Helm chart.
    HelmChart,
    /// A folder with a kustomization.
    Kustomize,
    /// An Open Application Model bundle.
    #[serde(rename = "OAM")]
    Oam,
}

impl Default for PlacementSchema {
    fn default() -> Self {
        PlacementSchema {
            modes: single_only(),
            default: None,
            min_regions: None,
            max_regions: None,
            scopes: both_scopes(),
        }
    }
}

impl Interface {
    /// The field that lists what is of this kind, if one does.
    pub fn field_of(kind: &str) -> Option<&'static str> {
        Interface::default().named().into_iter().find(|(_, of, _)| *of == kind).map(|(field, ..)| field)
    }

    /// What it names: by the field that lists it, and its kind. APIs, which have no names, stand apart.
    pub fn named(&self) -> [(&'static str, &'static str, &[Export]); 8] {
        [
            ("secrets", "Secret", &self.secrets),
            ("configMaps", "ConfigMap", &self.config_maps),
            ("services", "Service", &self.services),
            ("storageClasses", "StorageClass", &self.storage_classes),
            ("issuers", "ClusterIssuer", &self.issuers),
            ("gatewayClasses", "GatewayClass", &self.gateway_classes),
            ("namespaces", "Namespace", &self.namespaces),
            ("endpoints", "Endpoint", &self.endpoints),
        ]
    }
}

impl Dependency {
    /// The alias, or the short name of the Blueprint in camel case.
    pub fn alias(&self) -> String {
        self.alias.clone().unwrap_or_else(|| camel(self.blueprint.short()))
    }
}

/// `nats-jetstream` as `natsJetstream`, so that it can stand in an expression.
fn camel(name: &str) -> String {
    let mut parts = name.split('-');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
}

fn unlisted() -> Visibility {
    Visibility::Unlisted
}

fn single_only() -> Vec<PlacementMode> {
    vec![PlacementMode::SingleRegion]
}

fn both_scopes() -> Vec<InstallScope> {
    vec![InstallScope::Cluster, InstallScope::Vcluster]
}

fn available() -> String {
    "Available".into()
}

fn ten_minutes() -> u32 {
    600
}
