//! `organizations/` of a host cluster: a folder a vCluster. Everything of an Organization stands in its own namespace.
//!
//! That holds for the Flux objects too, although the platform writes them. A kubeconfig is read from the namespace of the object that
//! uses it, the vCluster writes its own into the namespace it runs in, and Flux refuses sources of another namespace under lockdown. To
//! keep them in `flux-system` instead, something would have to write Secrets there on behalf of every vCluster.

use crate::sources::Chart;
use crate::{labels, rights, vcluster, vcluster_flux, vcluster_secrets};
use catalyst_diag::Place;
use catalyst_emit::{Labels, Object, kustomization, list, map};
use catalyst_model::Version;
use catalyst_plan::{Body, ClusterPlan, EmittedFile, EmittedObject, Plan, Provenance, VClusterPlan};
use catalyst_source::KeyPath;
use serde_json::{Map, Value};

/// What the workloads of an Organization may take together, as a multiple of what its control plane may take.
const WORKLOADS: u32 = 8;

/// Everything that the files of one vCluster are made from.
pub(crate) struct VClusterFiles<'a> {
    pub plan: &'a Plan,
    pub host: &'a ClusterPlan,
    pub vcluster: &'a VClusterPlan,
    pub labels: Labels,
}

pub(crate) fn files(plan: &Plan, cluster: &ClusterPlan) -> Vec<(String, EmittedFile)> {
    let provenance = Provenance::new(format!("Organizations in {}", cluster.name), &cluster.place);
    let mut folders: Vec<&str> = cluster.vclusters.values().map(|vcluster| vcluster.name.as_str()).collect();
    folders.sort_unstable();
    let header = vec![
        format!("The Organizations that have a vCluster in {}.", cluster.name),
        String::new(),
        format!("Generated from {}; not to be edited.", plan.sovereign.place.file),
    ];
    let mut out = vec![("kustomization.yaml".to_owned(), kustomization(header, folders, provenance))];
    for vcluster in cluster.vclusters.values() {
        let labels = labels::vcluster(plan, cluster, vcluster);
        let one = VClusterFiles { plan, host: cluster, vcluster, labels };
        for (name, file) in one.files() {
            out.push((format!("{}/{name}", vcluster.name), file));
        }
    }
    out
}

impl<'a> VClusterFiles<'a> {
    fn files(&self) -> Vec<(&'static str, EmittedFile)> {
        let mut files = vec![
            (
                "flux.yaml",
                self.file(
                    &[
                        "Flux inside the vCluster, and what is applied there. Both go through the kubeconfig that the",
                        "vCluster writes into this namespace, and act there as the account of the same name, which the",
                        "vCluster sets up when it starts: Flux looks for a serviceAccountName in the cluster that the",
                        "kubeconfig leads to, in the namespace of the object that names it.",
                    ],
                    vcluster_flux::objects(self),
                ),
            ),
            ("namespace.yaml", self.file(&["The namespace of the Organization."], vec![self.namespace()])),
            (
                "quota.yaml",
                self.file(
                    &[
                        "What the Organization may take of the host: its control plane and its workloads together.",
                        "Containers that say nothing get the defaults, since a quota refuses those without limits.",
                    ],
                    self.quota(),
                ),
            ),
            (
                "rbac.yaml",
                self.file(
                    &[
                        "The account that Helm installs the vCluster with. It may do in this namespace what the chart",
                        "needs, and nothing elsewhere. Rights that the chart hands on to the vCluster are among them,",
                        "since Kubernetes lets nobody grant more than they have.",
                    ],
                    rights::objects(self),
                ),
            ),
            (
                "vcluster.yaml",
                self.file(
                    &[
                        "The vCluster. It sees nothing of the host but this namespace: no ClusterRole, no node, no class.",
                        "At its start it sets up the account that the platform acts with inside.",
                    ],
                    vcluster::objects(self),
                ),
            ),
        ];
        if let Some(objects) = vcluster_secrets::objects(self) {
            let about = [
                "External Secrets inside the vCluster, from the chart of the host's and with its values. OpenBao",
                "tells the vClusters apart: each signs in at a mount of its own.",
            ];
            files.push(("external-secrets.yaml", self.file(&about, objects)));
        }
        if let Some(secret) = self.pull_secret() {
            let about = [
                "The pull Secret of the registry, for the charts and images of this namespace. The Organization's",
                "own credential, read from the secret store.",
            ];
            files.push(("pull-secret.yaml", self.file(&about, vec![secret])));
        }
        files.sort_by_key(|(name, _)| *name);
        let index = kustomization(
            vec![
                format!("Organization {} in {}.", self.vcluster.org, self.host.name),
                String::new(),
                self.generated(),
            ],
            files.iter().map(|(name, _)| *name),
            self.provenance(),
        );
        files.push(("kustomization.yaml", index));
        files
    }

    fn file(&self, about: &[&str], objects: Vec<EmittedObject>) -> EmittedFile {
        let mut header: Vec<String> = about.iter().map(|&line| line.to_owned()).collect();
        header.extend([String::new(), self.generated()]);
        EmittedFile { header, body: Body::Objects(objects) }
    }

    fn generated(&self) -> String {
        format!("Generated from {}; not to be edited.", self.place().file)
    }

    /// The Organization's document.
    fn place(&self) -> &'a Place {
        let organization = self.plan.organizations.get(&self.vcluster.org);
        organization.map_or(&self.host.place, |known| &known.organization.place)
    }

    pub(crate) fn provenance(&self) -> Provenance {
        let VClusterPlan { org, name, .. } = self.vcluster;
        Provenance::new(format!("vCluster {name} of Organization {org} in {}", self.host.name), self.place())
    }

    /// The provenance of an object of which a field follows from the size of the Organization.
    pub(crate) fn sized(&self, field: KeyPath) -> Provenance {
        let plan = self.place().child("spec").child("plan");
        self.provenance().field(field, format!("plan {} of the Organization", self.vcluster.plan), &plan)
    }

    pub(crate) fn namespace_name(&self) -> &'a str {
        self.vcluster.namespace.as_str()
    }

    /// Name of the account that the platform acts with, on the host and inside.
    pub(crate) fn account(&self) -> String {
        format!("{}-reconciler", self.vcluster.name)
    }

    /// Name of the Secret that the vCluster writes its kubeconfig to.
    pub(crate) fn kube_config(&self) -> String {
        format!("vc-{}", self.vcluster.name)
    }

    /// A labelled object in the Organization's namespace.
    pub(crate) fn object(&self, api: &'static str, kind: &'static str, name: impl Into<String>) -> Object {
        Object::new(api, kind, name).namespace(self.namespace_name()).labels(&self.labels)
    }

    /// A chart of the registry, read in the Organization's namespace.
    pub(crate) fn chart<'b>(&'b self, chart: &'b str, version: &'b str) -> Chart<'b> {
        Chart {
            source: chart,
            namespace: self.namespace_name(),
            chart,
            version,
            digest: None,
            registry: &self.plan.facts.registry,
            flux: crate::sources::flux_minor(&self.host.target),
        }
    }

    /// Version of the flux2 chart: the one that the kit's own Flux wraps, so that host and vCluster run the same.
    pub(crate) fn flux_chart(&self) -> String {
        let kit =
            self.host.releases.values().find(|release| release.entry.blueprint.name.as_str() == "bp-flux");
        let pinned = kit.and_then(|release| {
            let upstream = &release.entry.blueprint.spec.manifests.upstream;
            upstream.iter().find(|chart| chart.chart == "flux2").map(|chart| &chart.version)
        });
        pinned.map_or_else(|| vcluster_flux::chart_for(&self.host.target).to_owned(), Version::canonical)
    }

    fn namespace(&self) -> EmittedObject {
        // What the vCluster brings to the host are Pods of the Organization: no host network, no host path, nothing privileged.
        Object::new("v1", "Namespace", self.namespace_name())
            .labels(&self.labels)
            .label("pod-security.kubernetes.io/enforce", "baseline")
            .from_source(self.provenance())
    }

    fn quota(&self) -> Vec<EmittedObject> {
        let (cpu, memory) = self.vcluster.plan.limits();
        let all = |one: u32| one * (1 + WORKLOADS);
        let hard = map([
            ("limits.cpu", all(cpu).to_string().into()),
            ("limits.memory", format!("{}Gi", all(memory)).into()),
            ("requests.cpu", all(cpu).to_string().into()),
            ("requests.memory", format!("{}Gi", all(memory)).into()),
            ("requests.storage", format!("{}Gi", 50 * all(memory)).into()),
            ("persistentvolumeclaims", (10 * all(cpu)).to_string().into()),
            ("pods", (20 * all(cpu)).to_string().into()),
            // Nothing of an Organization is reached but through the gateway.
            ("services.nodeports", "0".into()),
        ]);
        let quota = self
            .object("v1", "ResourceQuota", self.vcluster.name.as_str())
            .spec(map([("hard", Value::Object(hard))]))
            .from_source(self.sized(KeyPath::root().key("spec").key("hard")));
        let amounts =
            |cpu: &str, memory: &str| Value::Object(map([("cpu", cpu.into()), ("memory", memory.into())]));
        let limits = map([
            ("type", "Container".into()),
            ("default", amounts("500m", "512Mi")),
            ("defaultRequest", amounts("50m", "64Mi")),
        ]);
        let range = self
            .object("v1", "LimitRange", self.vcluster.name.as_str())
            .spec(map([("limits", Value::Array(vec![Value::Object(limits)]))]))
            .from_source(self.provenance());
        vec![quota, range]
    }

    /// The Secret of the chart sources. Phase 0 writes it into `flux-system` only; here it is the Organization's own, from the store that
    /// the kit sets up. Where the kit has no External Secrets, nothing in the tree can bring it, and it has to be declared as an extern.
    fn pull_secret(&self) -> Option<EmittedObject> {
        let name = self.plan.facts.registry.pull_secret.as_str();
        let store = self.host.secret_store()?;
        if name.is_empty() {
            return None;
        }
        let path = match &self.vcluster.environment {
            Some(environment) => catalyst_model::secret_path(environment),
            None => format!("org/{}", self.vcluster.org),
        };
        let object = |entries: Map<String, Value>| Value::Object(entries);
        let extract = map([("key", format!("{path}/registry/{name}").into())]);
        let secret = self.object(store.api_version, "ExternalSecret", name).spec(map([
            ("refreshInterval", "1h".into()),
            (
                "secretStoreRef",
                object(map([("kind", "ClusterSecretStore".into()), ("name", store.name.into())])),
            ),
            (
                "target",
                object(map([
                    ("name", name.into()),
                    ("template", object(map([("type", "kubernetes.io/dockerconfigjson".into())]))),
                ])),
            ),
            ("dataFrom", Value::Array(vec![object(map([("extract", object(extract))]))])),
        ]));
        Some(secret.from_source(self.provenance()))
    }

    /// References to the pull Secret, as Kubernetes writes them; none for a registry that anybody may read from.
    pub(crate) fn pull_secrets(&self) -> Option<Value> {
        let name = self.plan.facts.registry.pull_secret.as_str();
        (!name.is_empty()).then(|| Value::Array(vec![Value::Object(map([("name", name.into())]))]))
    }
}

/// A rule of a Role.
pub(crate) fn rule(group: &str, resources: &[&str], verbs: &[&str]) -> Value {
    Value::Object(map([
        ("apiGroups", list([group])),
        ("resources", list(resources.iter().copied())),
        ("verbs", list(verbs.iter().copied())),
    ]))
}
