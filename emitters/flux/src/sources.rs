//! Where charts come from and how they are released: the shapes of chart sources and HelmReleases, by Flux version.

use catalyst_emit::{Labels, Object, map};
use catalyst_model::{Registry, Target};
use catalyst_plan::registry_url;
use serde_json::{Map, Value};

/// Namespace of Flux and of everything that the kit installs with it.
pub(crate) const FLUX_SYSTEM: &str = "flux-system";

/// Minor version of Flux, `7` of `2.7`. A text of another form counts as newest: the schema of the target admits none.
pub(crate) fn flux_minor(target: &Target) -> u32 {
    target.flux.split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or(u32::MAX)
}

/// A chart in an OCI registry.
pub(crate) struct Chart<'a> {
    /// Name of the source object.
    pub source: &'a str,
    /// Namespace of the source and of the release that uses it: Flux refuses references across namespaces under lockdown.
    pub namespace: &'a str,
    /// Name of the chart.
    pub chart: &'a str,
    /// Version without a leading `v`.
    pub version: &'a str,
    /// Digest, where that is what names it.
    pub digest: Option<&'a str>,
    pub registry: &'a Registry,
    pub flux: u32,
}

/// Field of the source that holds the version in the newer shape.
pub(crate) const TAG_PATH: [&str; 3] = ["spec", "ref", "tag"];
/// Field of the release that holds the version in the older shape.
pub(crate) const VERSION_PATH: [&str; 4] = ["spec", "chart", "spec", "version"];

impl Chart<'_> {
    /// Whether the chart is read through an OCIRepository. Its stable API came with Flux 2.6; before, a HelmRepository of type `oci` does
    /// the same, without a status of its own.
    pub(crate) fn is_artifact(&self) -> bool {
        self.flux >= 6
    }

    /// The source object.
    pub(crate) fn source(&self, labels: &Labels) -> Object {
        let pull_secret = &self.registry.pull_secret;
        let (mut spec, object) = if self.is_artifact() {
            // The registry may hold a signature or an SBOM beside the chart: take the layer that is the chart, as it is.
            let layer = map([
                ("mediaType", "application/vnd.cncf.helm.chart.content.v1.tar+gzip".into()),
                ("operation", "copy".into()),
            ]);
            let tag = match self.digest {
                Some(digest) => map([("digest", digest.into())]),
                None => map([("tag", self.version.replace('+', "_").into())]),
            };
            let spec = map([
                ("interval", "15m".into()),
                ("url", format!("{}/{}", registry_url(self.registry), self.chart).into()),
                ("ref", Value::Object(tag)),
                ("layerSelector", Value::Object(layer)),
            ]);
            (spec, self.object("source.toolkit.fluxcd.io/v1", "OCIRepository", labels))
        } else {
            // HelmRepository became stable with Flux 2.3.
            let stable = self.flux >= 3;
            let api = if stable { "source.toolkit.fluxcd.io/v1" } else { "source.toolkit.fluxcd.io/v1beta2" };
            let spec = map([
                ("type", "oci".into()),
                ("interval", "15m".into()),
                ("url", registry_url(self.registry).into()),
            ]);
            (spec, self.object(api, "HelmRepository", labels))
        };
        // A registry that anybody may read from has no pull Secret.
        if !pull_secret.is_empty() {
            spec.insert("secretRef".into(), Value::Object(map([("name", pull_secret.as_str().into())])));
        }
        object.spec(spec)
    }

    fn object(&self, api: &'static str, kind: &'static str, labels: &Labels) -> Object {
        Object::new(api, kind, self.source).namespace(self.namespace).labels(labels)
    }

    /// The field of a HelmRelease that names the chart.
    fn reference(&self) -> (&'static str, Value) {
        let source = |kind: &str| {
            Value::Object(map([
                ("kind", kind.into()),
                ("name", self.source.into()),
                ("namespace", self.namespace.into()),
            ]))
        };
        if self.is_artifact() {
            return ("chartRef", source("OCIRepository"));
        }
        let spec = map([
            ("chart", self.chart.into()),
            ("version", self.version.into()),
            ("sourceRef", source("HelmRepository")),
        ]);
        ("chart", Value::Object(map([("spec", Value::Object(spec))])))
    }
}

/// A HelmRelease in the making; fields in the order in which they are written (domain.md 9.1).
pub(crate) struct HelmRelease<'a> {
    pub chart: Chart<'a>,
    pub timeout: Option<&'a str>,
    pub release_name: &'a str,
    pub target_namespace: &'a str,
    /// Namespace of Helm's own Secrets, when it is not that of the HelmRelease.
    pub storage_namespace: Option<&'a str>,
    /// Secret with the kubeconfig of the cluster to install into, when it is another.
    pub kube_config: Option<&'a str>,
    pub service_account: Option<&'a str>,
    pub depends_on: Vec<&'a str>,
    /// Whether Helm waits for the workloads.
    pub wait: bool,
    pub preserve_values: bool,
    pub values: Map<String, Value>,
}

impl HelmRelease<'_> {
    /// The object; its name is that of the release's HelmRelease, which may differ from the Helm release.
    pub(crate) fn object(self, name: &str, labels: &Labels) -> Object {
        let mut spec = map([("interval", "15m".into())]);
        let mut set = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                spec.insert(key.to_owned(), value);
            }
        };
        set("timeout", self.timeout.map(Value::from));
        set("releaseName", Some(self.release_name.into()));
        set("targetNamespace", Some(self.target_namespace.into()));
        set("storageNamespace", self.storage_namespace.map(Value::from));
        set("kubeConfig", self.kube_config.map(kube_config));
        set("serviceAccountName", self.service_account.map(Value::from));
        set("dependsOn", named(&self.depends_on));
        let (key, chart) = self.chart.reference();
        set(key, Some(chart));
        set("install", Some(action(self.wait, false)));
        set("upgrade", Some(action(self.wait, self.preserve_values)));
        set("values", (!self.values.is_empty()).then_some(Value::Object(self.values)));
        // The stable API came with Flux 2.3, like that of HelmRepository.
        let api =
            if self.chart.flux >= 3 { "helm.toolkit.fluxcd.io/v2" } else { "helm.toolkit.fluxcd.io/v2beta2" };
        Object::new(api, "HelmRelease", name).namespace(self.chart.namespace).labels(labels).spec(spec)
    }
}

/// A list of `{name}`; nothing for an empty one.
pub(crate) fn named(names: &[&str]) -> Option<Value> {
    let item = |name: &&str| Value::Object(map([("name", (*name).into())]));
    (!names.is_empty()).then(|| Value::Array(names.iter().map(item).collect()))
}

/// Reference to the kubeconfig that a vCluster writes: it stands under the key `config`.
pub(crate) fn kube_config(secret: &str) -> Value {
    let reference = map([("name", secret.into()), ("key", "config".into())]);
    Value::Object(map([("secretRef", Value::Object(reference))]))
}

fn action(wait: bool, preserve_values: bool) -> Value {
    let mut action = Map::new();
    if !wait {
        action.insert("disableWait".into(), true.into());
    }
    action.insert("remediation".into(), Value::Object(map([("retries", 3.into())])));
    if preserve_values {
        action.insert("preserveValues".into(), true.into());
    }
    Value::Object(action)
}
