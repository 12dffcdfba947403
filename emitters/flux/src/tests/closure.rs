//! What holds for all objects of a tree: labels, references that lead somewhere, rights that are no wider than needed.

use super::support::*;
use catalyst_model::labels;
use catalyst_plan::{Body, EmittedObject, EmittedTree};
use catalyst_source::TreePath;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The objects of one API server: a host cluster, or a vCluster.
fn by_cluster(tree: &EmittedTree) -> BTreeMap<String, Vec<(&TreePath, &EmittedObject)>> {
    let mut out: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for (path, object) in tree.objects() {
        let parts: Vec<_> = path.components().take(3).collect();
        out.entry(parts.join("/")).or_default().push((path, object));
    }
    out
}

fn id(kind: &str, namespace: Option<&str>, name: &str) -> String {
    format!("{kind} {}/{name}", namespace.unwrap_or_default())
}

fn ids(objects: &[(&TreePath, &EmittedObject)]) -> BTreeSet<String> {
    objects.iter().map(|(_, o)| id(o.kind(), o.namespace(), o.name())).collect()
}

#[test]
fn every_object_has_the_labels_of_its_scope() {
    let tree = tree(&plan(DOMAIN, "2.7"));
    assert!(tree.objects().count() > 60);
    for (path, object) in tree.objects() {
        let what = format!("{} {} in {path}", object.kind(), object.name());
        let found =
            object.object["metadata"]["labels"].as_object().unwrap_or_else(|| panic!("{what}: no labels"));
        let order: Vec<_> = labels::ALL.iter().filter(|key| found.contains_key(**key)).collect();
        let written: Vec<_> = found.keys().filter(|key| labels::ALL.contains(&key.as_str())).collect();
        assert_eq!(order, written, "{what}: order");
        for (key, value) in found {
            labels::check_value(value.as_str().unwrap()).unwrap_or_else(|why| panic!("{what}: {key}: {why}"));
        }
        let has = |key: &str| found.contains_key(key);
        for key in [labels::SOVEREIGN, labels::MANAGED_BY, labels::APP_MANAGED_BY] {
            assert!(has(key), "{what}: no {key}");
        }
        let kit = path.as_str().contains("/bootstrap-kit/");
        let cluster = [
            labels::PROVIDER,
            labels::REGION,
            labels::BUILDING_BLOCK,
            labels::ENV_TYPE,
            labels::HOST_CLUSTER,
        ];
        for key in cluster {
            assert_eq!(
                has(key),
                !kit,
                "{what}: {key} comes from commonMetadata in the kit, and stands there elsewhere"
            );
        }
        let inside = path.as_str().contains("/vclusters/");
        let organization = inside || path.as_str().contains("/organizations/");
        assert_eq!(has(labels::ORGANIZATION) && has(labels::VCLUSTER), organization, "{what}");
        assert_eq!(has(labels::APPLICATION), inside, "{what}");
        assert_eq!(has(labels::BLUEPRINT) && has(labels::BLUEPRINT_VERSION), kit || inside, "{what}");
    }
}

#[test]
fn a_label_value_that_kubernetes_refuses_is_left_out() {
    let long = format!("{}.{}.example", "a".repeat(40), "b".repeat(40));
    let tree = tree(&plan(&long, "2.7"));
    for (_, object) in tree.objects() {
        assert!(object.object["metadata"]["labels"].get(labels::SOVEREIGN).is_none());
    }
}

#[test]
fn no_object_is_there_twice() {
    for flux in ["2.4", "2.7"] {
        for (cluster, objects) in by_cluster(&tree(&plan(DOMAIN, flux))) {
            assert_eq!(ids(&objects).len(), objects.len(), "{cluster}");
        }
    }
}

#[test]
fn every_reference_leads_somewhere_in_its_own_namespace() {
    for flux in ["2.2", "2.4", "2.7"] {
        for (cluster, objects) in by_cluster(&tree(&plan(DOMAIN, flux))) {
            let known = ids(&objects);
            for (path, object) in &objects {
                check_references(
                    object,
                    &known,
                    &format!("{} {} in {path} of {cluster}", object.kind(), object.name()),
                );
            }
        }
    }
}

fn check_references(object: &EmittedObject, known: &BTreeSet<String>, what: &str) {
    let spec = &object.object["spec"];
    let here = object.namespace();
    for needed in spec["dependsOn"].as_array().into_iter().flatten() {
        assert_eq!(needed.as_object().unwrap().len(), 1, "{what}: dependsOn carries a name only");
        let name = needed["name"].as_str().unwrap();
        assert!(known.contains(&id(object.kind(), here, name)), "{what}: depends on {name}");
        assert_ne!(name, object.name(), "{what}: depends on itself");
    }
    let chart = spec.pointer("/chart/spec/sourceRef");
    for source in [&spec["sourceRef"], &spec["chartRef"], chart.unwrap_or(&Value::Null)] {
        let Some(kind) = source["kind"].as_str() else { continue };
        let name = source["name"].as_str().unwrap();
        assert!(known.contains(&id(kind, here, name)), "{what}: reads {kind} {name}");
        let namespace = source.get("namespace").and_then(Value::as_str);
        assert!(namespace.is_none_or(|it| Some(it) == here), "{what}: reads across namespaces");
    }
    let account = spec["serviceAccountName"].as_str();
    let controller = account == Some("kustomize-controller") && here == Some("flux-system");
    if let Some(account) = account.filter(|_| !controller) {
        assert!(known.contains(&id("ServiceAccount", here, account)), "{what}: acts as {account}");
    }
    if let Some(secret) = spec.pointer("/kubeConfig/secretRef/name").and_then(Value::as_str) {
        let writer = secret.strip_prefix("vc-").unwrap();
        assert!(known.contains(&id("HelmRelease", here, writer)), "{what}: nobody writes {secret}");
    }
    if let Some(secret) = spec.pointer("/secretRef/name").and_then(Value::as_str) {
        let brought = here == Some("flux-system") || known.contains(&id("ExternalSecret", here, secret));
        assert!(brought, "{what}: nobody brings Secret {secret}");
    }
    for subject in object.object["subjects"].as_array().into_iter().flatten() {
        let (name, namespace) = (subject["name"].as_str().unwrap(), subject["namespace"].as_str());
        assert!(known.contains(&id("ServiceAccount", namespace, name)), "{what}: binds {name}");
    }
    if let Some(namespace) = here.filter(|it| !matches!(*it, "flux-system" | "kube-system")) {
        assert!(known.contains(&id("Namespace", None, namespace)), "{what}: nobody declares {namespace}");
    }
}

#[test]
fn every_path_of_a_kustomization_is_there_and_seen_by_its_repository() {
    let plan = plan(DOMAIN, "2.7");
    let tree = tree(&plan);
    let texts: BTreeMap<_, _> = tree.files.iter().map(|(path, file)| (path.as_str(), file)).collect();
    let mut seen = 0;
    for (path, object) in tree.objects().filter(|(_, o)| o.kind() == "Kustomization") {
        if path.as_str().contains("/vclusters/") {
            continue;
        }
        seen += 1;
        let folder = object.object["spec"]["path"].as_str().unwrap().strip_prefix("./snapshots/").unwrap();
        assert!(texts.contains_key(format!("{folder}/kustomization.yaml").as_str()), "{path}: {folder}");
        let repository = tree
            .objects()
            .find(|(at, o)| at == &path && o.kind() == "GitRepository" && o.namespace() == object.namespace())
            .unwrap_or_else(|| panic!("{path}: no repository beside {}", object.name()));
        let ignore = repository.1.object["spec"]["ignore"].as_str().unwrap();
        let (all, back) = ignore.trim_end().split_once('\n').unwrap();
        assert_eq!(all, "/*");
        let shown = back.strip_prefix("!/snapshots/").unwrap();
        assert!(format!("{folder}/").starts_with(&format!("{shown}/")), "{path}: {folder} is ignored");
    }
    assert_eq!(seen, 4 + 3 + 3 + 2);
}

#[test]
fn every_file_is_listed_and_every_listed_file_is_there() {
    let tree = tree(&plan(DOMAIN, "2.7"));
    let mut listed = BTreeSet::new();
    for (path, file) in &tree.files {
        let Body::Document(document, _) = &file.body else { continue };
        assert_eq!(path.file_name(), "kustomization.yaml");
        let folder = path.parent().unwrap();
        for resource in document["resources"].as_array().unwrap() {
            let target = folder.join(resource.as_str().unwrap()).unwrap();
            let below = target.join("kustomization.yaml").unwrap();
            assert!(tree.files.contains_key(&target) || tree.files.contains_key(&below), "{path}: {target}");
            listed.insert(target);
        }
    }
    for path in tree.files.keys().filter(|path| path.file_name() != "kustomization.yaml") {
        assert!(listed.contains(path), "{path} is listed nowhere");
    }
}

#[test]
fn an_organization_gets_no_wildcards_and_no_rights_elsewhere() {
    let tree = tree(&plan(DOMAIN, "2.7"));
    let mut roles = 0;
    for (path, object) in tree.objects() {
        assert!(!object.kind().starts_with("ClusterRole"), "{path}: {} is cluster-wide", object.name());
        for rule in object.object["rules"].as_array().into_iter().flatten() {
            roles += 1;
            for word in ["*", "escalate", "bind", "impersonate", "serviceaccounts/token", "nodes/proxy"] {
                assert!(!rule.to_string().contains(&format!("\"{word}\"")), "{path}: {rule}");
            }
        }
        let annotations = object.object["metadata"].get("annotations");
        assert!(annotations.is_none() || path.file_name() == "03-bp-flux.yaml", "{path}");
    }
    assert!(roles > 0);
}

/// Kubernetes refuses a Role that grants more than its author has. This is what chart vcluster 0.33.1 grants for our values: read off
/// `chart/templates/role.yaml` at its tag.
#[test]
fn the_account_has_all_that_the_chart_hands_on() {
    const ALL: &[&str] = &["create", "delete", "patch", "update", "get", "list", "watch"];
    const READ: &[&str] = &["get", "list", "watch"];
    const CHANGE: &[&str] = &["patch", "update"];
    const TELL: &[&str] = &["create", "get", "list", "watch"];
    let granted: &[(&str, &[&str], &[&str])] = &[
        (
            "",
            &[
                "configmaps",
                "secrets",
                "services",
                "pods",
                "pods/attach",
                "pods/portforward",
                "pods/exec",
                "persistentvolumeclaims",
                "endpoints",
            ],
            ALL,
        ),
        ("", &["pods/status", "pods/ephemeralcontainers", "pods/resize"], CHANGE),
        ("apps", &["statefulsets", "replicasets", "deployments"], READ),
        ("", &["pods/log"], READ),
        ("", &["events"], TELL),
        ("events.k8s.io", &["events"], TELL),
        ("discovery.k8s.io", &["endpointslices"], ALL),
        ("networking.k8s.io", &["ingresses", "networkpolicies"], ALL),
        ("policy", &["poddisruptionbudgets"], ALL),
        // What the chart makes itself.
        ("", &["serviceaccounts"], ALL),
        ("apps", &["statefulsets"], ALL),
        ("rbac.authorization.k8s.io", &["roles", "rolebindings"], ALL),
    ];
    let tree = tree(&plan(DOMAIN, "2.7"));
    let (_, role) = tree.objects().find(|(_, o)| o.kind() == "Role").unwrap();
    let rules = role.object["rules"].as_array().unwrap();
    let holds = |list: &Value, what: &str| list.as_array().unwrap().iter().any(|item| item == what);
    for (group, resources, verbs) in granted {
        for (resource, verb) in
            resources.iter().flat_map(|resource| verbs.iter().map(move |verb| (resource, verb)))
        {
            let allowed = rules.iter().any(|rule| {
                holds(&rule["apiGroups"], group)
                    && holds(&rule["resources"], resource)
                    && holds(&rule["verbs"], verb)
            });
            assert!(allowed, "{verb} {resource}.{group}");
        }
    }
}

#[test]
fn the_vcluster_sets_up_the_account_that_flux_acts_as_inside() {
    let tree = tree(&plan(DOMAIN, "2.7"));
    for (path, object) in tree.objects().filter(|(_, o)| o.object["spec"]["kubeConfig"].is_object()) {
        let account = object.object["spec"]["serviceAccountName"].as_str().unwrap();
        let namespace = object.namespace().unwrap();
        let folder = path.parent().unwrap();
        let beside = &tree.files[&folder.join("vcluster.yaml").unwrap()];
        let Body::Objects(objects) = &beside.body else { panic!("{path}") };
        let manifests =
            objects[1].object.pointer("/spec/values/experimental/deploy/vcluster/manifests").unwrap();
        let parsed = catalyst_yaml::parse(manifests.as_str().unwrap());
        assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
        let inner: Vec<Value> = parsed
            .documents
            .iter()
            .map(|document| document.to_value(catalyst_yaml::Dialect::Kubernetes).0)
            .collect();
        let has =
            |kind: &str, name: &str| inner.iter().any(|o| o["kind"] == kind && o["metadata"]["name"] == name);
        assert!(has("Namespace", namespace) && has("Namespace", "flux-system"));
        assert!(has("ServiceAccount", account) && has("ClusterRoleBinding", account));
    }
}

#[test]
fn a_public_registry_needs_no_secret() {
    let mut plan = plan(DOMAIN, "2.7");
    plan.facts.registry.pull_secret = String::new();
    for (path, object) in tree(&plan).objects() {
        assert!(!object.object.to_string().contains("\"name\":\"\""), "{path}: {}", object.object);
        assert!(object.kind() != "ExternalSecret", "{path}");
    }
}

#[test]
fn a_repository_is_a_url_whether_the_plan_names_a_scheme_or_not() {
    let mut plan = plan(DOMAIN, "2.7");
    for gitea in ["gitea.hfmp.t38.omani.works", "https://gitea.hfmp.t38.omani.works/"] {
        plan.facts.gitea = gitea.into();
        let tree = tree(&plan);
        let shop = tree.objects().find(|(_, o)| o.kind() == "GitRepository" && o.name() == "shop").unwrap();
        assert_eq!(shop.1.object["spec"]["url"], "https://gitea.hfmp.t38.omani.works/acme/shop");
    }
}

#[test]
fn another_organization_changes_no_byte_of_the_first() {
    let alone = plan(DOMAIN, "2.7");
    let mut both = alone.clone();
    for cluster in both.clusters.values_mut() {
        let Some(mut vcluster) = cluster.vclusters.values().next().cloned() else { continue };
        vcluster.org = "zeta".parse().unwrap();
        vcluster.name = vcluster.name.replace("acme", "zeta");
        vcluster.namespace = vcluster.name.parse().unwrap();
        vcluster.environment = vcluster.environment.map(|_| "zeta-prod".parse().unwrap());
        cluster.vclusters.insert(vcluster.org.clone(), vcluster);
    }
    let (before, after) = (tree(&alone), tree(&both));
    for (path, file) in &before.files {
        if !path.as_str().ends_with("organizations/kustomization.yaml") {
            assert_eq!(Some(file), after.files.get(path), "{path}");
        }
    }
    let new: Vec<_> = after.files.keys().filter(|path| !before.files.contains_key(path)).collect();
    assert!(!new.is_empty() && new.iter().all(|path| path.as_str().contains("zeta")), "{new:?}");
    assert_eq!(tree(&both), after, "the same plan gives the same tree");
}
