//! What the rules over one Sovereign look at, made in one pass over its emitted objects and shared by all of them.

mod paths;
mod realm;

pub(crate) use realm::{Item, Realm};

use crate::Subject;
use catalyst_diag::Place;
use catalyst_model::{Extern, Interface};
use catalyst_plan::{Body, Capability, Provenance, VClusterInstall, VClusterPlan};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Namespace of Flux in every cluster and vCluster.
pub(crate) const FLUX_SYSTEM: &str = "flux-system";

/// A Sovereign, its objects sorted by the API server that they are sent to.
pub(crate) struct Facts<'a> {
    /// The Sovereign.
    pub(crate) subject: Subject<'a>,
    /// All objects of its tree.
    pub(crate) objects: Vec<Item<'a>>,
    paths: paths::Paths,
    /// Its API servers: host clusters, then the vClusters of each.
    pub(crate) realms: Vec<Realm<'a>>,
    /// `kustomization.yaml` files by their folder.
    pub(crate) kustomizations: BTreeMap<&'a str, (&'a Value, &'a Provenance)>,
    /// Externs of the project.
    pub(crate) externs: &'a [Extern],
}

impl<'a> Facts<'a> {
    pub(crate) fn new(subject: Subject<'a>) -> Self {
        let mut facts = Facts {
            subject,
            objects: Vec::new(),
            realms: Vec::new(),
            paths: paths::Paths::default(),
            kustomizations: BTreeMap::new(),
            externs: subject.index.project.as_ref().map_or(&[], |it| &it.value.spec.externs),
        };
        let mut by_folder: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        for (path, file) in &subject.tree.files {
            let from = facts.objects.len();
            match &file.body {
                Body::Objects(objects) => {
                    facts.objects.extend(objects.iter().map(|object| Item::new(path, object)));
                    let mut parts = path.as_str().splitn(4, '/').skip(1);
                    if let (Some(top), Some(folder), Some(_)) = (parts.next(), parts.next(), parts.next()) {
                        by_folder.entry((top, folder)).or_default().extend(from..facts.objects.len());
                    }
                }
                Body::Document(value, provenance) if path.file_name() == "kustomization.yaml" => {
                    let folder = path.as_str().strip_suffix("/kustomization.yaml").unwrap_or_default();
                    facts.kustomizations.insert(folder, (value, provenance));
                }
                _ => {}
            }
            facts.paths.add(path, from..facts.objects.len());
        }
        facts.paths.finish();
        for (name, cluster) in &subject.plan.clusters {
            let name = name.to_string();
            let mut host = Realm::new(cluster, None);
            for at in by_folder.get(&("clusters", name.as_str())).into_iter().flatten() {
                host.add(facts.objects[*at], "");
            }
            facts.host_provides(&mut host);
            host.finish();
            facts.realms.push(host);
            for vcluster in cluster.vclusters.values() {
                let mut realm = Realm::new(cluster, Some(vcluster));
                let folder = format!("{name}-{}", vcluster.name);
                for at in by_folder.get(&("vclusters", folder.as_str())).into_iter().flatten() {
                    realm.add(facts.objects[*at], "");
                }
                for install in vcluster.installs.values() {
                    facts.repository(&mut realm, vcluster, install);
                }
                facts.vcluster_provides(&mut realm, vcluster);
                realm.finish();
                facts.realms.push(realm);
            }
        }
        facts
    }

    /// Adds what the overlay of an Application's repository gathers, to be applied into the namespace of the Application.
    fn repository(&self, realm: &mut Realm<'a>, vcluster: &'a VClusterPlan, install: &'a VClusterInstall) {
        let root = self.repository_root(&format!("{}/{}", vcluster.org, install.app), &install.branch);
        let namespace = install.app.as_str();
        let mut open = vec![format!("{root}/{}", install.path)];
        let mut seen = BTreeSet::new();
        while let Some(folder) = open.pop() {
            let Some((&folder, (kustomization, _))) = self.kustomizations.get_key_value(folder.as_str())
            else {
                continue;
            };
            if !seen.insert(folder) {
                continue;
            }
            for resource in texts(&kustomization["resources"]) {
                let Some(path) = relative(folder, resource) else { continue };
                match self.paths.find(&path) {
                    Some(Some(objects)) => {
                        self.objects[objects].iter().for_each(|item| realm.add(*item, namespace));
                    }
                    Some(None) => open.push(path),
                    None => {}
                }
            }
            for (field, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
                for generator in kustomization[field].as_array().into_iter().flatten() {
                    realm.provide(kind, namespace, generator["name"].as_str().unwrap_or_default());
                }
            }
        }
    }

    /// The folder of a branch of an Application's repository.
    pub(crate) fn repository_root(&self, repository: &str, branch: &str) -> String {
        format!("{}/repositories/{repository}/{branch}", self.subject.plan.facts.name)
    }

    /// Whether the tree has a file or a folder of this path.
    pub(crate) fn exists(&self, path: &str) -> bool {
        self.paths.find(path).is_some()
    }

    /// What a host cluster has beside the objects of the tree: what phase 0 and the releases bring.
    fn host_provides(&self, realm: &mut Realm<'a>) {
        if let Some(kit) = &self.subject.index.kit {
            interface(&kit.value.spec.phase_zero.provides, &mut |kind, namespace, name| {
                realm.provide(kind, namespace, name)
            });
        }
        for release in realm.cluster.releases.values() {
            for (capability, _) in &release.interface.provides {
                if let Capability::Named { kind, name, namespace } = capability {
                    realm.provide(kind, namespace.as_deref().unwrap_or_default(), name);
                }
            }
            self.stores(realm, &release.entry.blueprint.value.spec.outputs, &release.config.merged);
        }
    }

    /// What a vCluster has beside the objects of the tree: the namespaces that it makes when it starts, and what Applications bring.
    fn vcluster_provides(&self, realm: &mut Realm<'a>, vcluster: &'a VClusterPlan) {
        realm.provide("Namespace", "", FLUX_SYSTEM);
        realm.provide("Namespace", "", vcluster.namespace.as_str());
        for (environment, install) in self.environments(vcluster) {
            let provides = &environment.entry.blueprint.value.spec.provides;
            let app = install.app.as_str();
            interface(provides, &mut |kind, namespace, name| {
                let namespaced = matches!(kind, "Secret" | "ConfigMap" | "Service");
                realm.provide(kind, if namespaced && namespace.is_empty() { app } else { namespace }, name);
            });
        }
        // Cluster-wide objects of the kit are there for the Organizations: stores, issuers, classes.
        for release in realm.cluster.releases.values() {
            self.stores(realm, &release.entry.blueprint.value.spec.outputs, &release.config.merged);
        }
    }

    /// The store of secrets that a Blueprint names among its outputs, and under its config where that says otherwise.
    fn stores(
        &self,
        realm: &mut Realm<'a>,
        outputs: &'a BTreeMap<String, Value>,
        config: &'a serde_json::Map<String, Value>,
    ) {
        let Some(kind @ ("ClusterSecretStore" | "SecretStore")) =
            outputs.get("storeKind").and_then(Value::as_str)
        else {
            return;
        };
        if let Some(name) = config.get("storeName").or(outputs.get("storeName")).and_then(Value::as_str) {
            realm.provide(kind, "", name);
        }
    }

    /// The Applications of a vCluster with what is planned for them.
    pub(crate) fn environments(
        &self,
        vcluster: &'a VClusterPlan,
    ) -> impl Iterator<Item = (&'a catalyst_plan::EnvironmentPlan, &'a VClusterInstall)> {
        let applications = &self.subject.plan.applications;
        vcluster.installs.values().filter_map(move |install| {
            let application = applications.get(&(vcluster.org.clone(), install.app.clone()))?;
            Some((application.environments.get(&vcluster.environment.as_ref()?.env)?, install))
        })
    }

    /// The extern that stands for an object.
    pub(crate) fn extern_for(&self, kind: &str, namespace: &str, name: &str) -> Option<usize> {
        self.externs.iter().position(|it| {
            let same_kind = it.kind == kind || kind == "Endpoint" && it.kind == "Service";
            same_kind
                && it.name == name
                && (namespace.is_empty() || it.namespace.as_deref().is_none_or(|own| own == namespace))
        })
    }

    /// The extern that stands for an API: a CustomResourceDefinition, or an entry of kind `API` that names the group.
    pub(crate) fn extern_for_api(&self, group: &str, kind: &str) -> Option<usize> {
        let stem = kind.to_lowercase();
        let stem = stem.get(..stem.len().saturating_sub(1)).unwrap_or_default();
        self.externs.iter().position(|it| match it.kind.as_str() {
            "CustomResourceDefinition" => {
                it.name.split_once('.').is_some_and(|(plural, of)| of == group && plural.starts_with(stem))
            }
            "API" | "Api" | "APIService" => {
                let name = it.name.split('/').next().unwrap_or_default();
                name == group
                    || it.kind == "APIService" && name.split_once('.').is_some_and(|(_, of)| of == group)
            }
            _ => false,
        })
    }

    /// Where the externs of the project stand, or would stand.
    pub(crate) fn extern_place(&self) -> Option<Place> {
        self.subject.index.project.as_ref().map(|it| it.place.child("spec").child("externs"))
    }
}

/// The named objects of an interface, conditions aside.
fn interface<'a>(interface: &'a Interface, each: &mut dyn FnMut(&'static str, &'a str, &'a str)) {
    for (_, kind, exports) in interface.named() {
        exports.iter().for_each(|it| each(kind, it.namespace.as_deref().unwrap_or_default(), &it.name));
    }
}

/// The texts of a list.
pub(crate) fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// The path that `relative` means in a folder; `None` when it leaves the tree.
pub(crate) fn relative(folder: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|it| !it.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Scene, object};
    use serde_json::json;

    #[test]
    fn objects_are_sorted_by_the_server_they_are_sent_to() {
        let mut scene = Scene::new();
        scene.vcluster("acme", "shop");
        let release = || object("helm.toolkit.fluxcd.io/v2", "HelmRelease", "shop", json!({}));
        scene
            .emit("demo/clusters/hz-fsn-rtz-prod/x.yaml", vec![object("v1", "Namespace", "acme", json!({}))]);
        scene.emit("demo/repositories/acme/shop/main/release.yaml", vec![release()]);
        scene.kustomization(
            "demo/repositories/acme/shop/main/overlays/prod",
            json!({ "resources": ["../../release.yaml"], "configMapGenerator": [{ "name": "shop-values" }] }),
        );
        scene.with(|facts| {
            let names: Vec<String> = facts.realms.iter().map(ToString::to_string).collect();
            assert_eq!(names, ["hz-fsn-rtz-prod", "vCluster acme of hz-fsn-rtz-prod", "hz-fsn-mgt-prod"]);
            assert!(facts.realms[0].find("Namespace", "", "acme").is_some());
            assert!(facts.realms[1].find("HelmRelease", "shop", "shop").is_some());
            assert!(facts.realms[1].has("ConfigMap", "shop", "shop-values"));
            assert!(facts.exists("demo/repositories/acme") && !facts.exists("demo/repositories/acm"));
        });
    }

    #[test]
    fn paths_stay_inside() {
        assert_eq!(relative("a/b", "../c/./d.yaml").as_deref(), Some("a/c/d.yaml"));
        assert_eq!(relative("a", "../../x"), None);
    }
}
