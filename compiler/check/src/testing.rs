//! Small builders for the unit tests of the rules.

use catalyst_diag::{Diagnostic, EditAction, Place};
pub(crate) use catalyst_model::Intent;
use catalyst_model::*;
use catalyst_plan::*;
use catalyst_source::{KeyPath, TreePath};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A path.
pub(crate) fn path(text: &str) -> TreePath {
    TreePath::new(text).unwrap()
}

/// The root of a document.
pub(crate) fn place(file: &str) -> Place {
    Place::value(&path(file), 0, KeyPath::root())
}

/// The place of a key path in a document.
pub(crate) fn at(file: &str, key: &str) -> Place {
    place(file).below(&KeyPath::parse(key).unwrap())
}

/// A mapping.
pub(crate) fn map(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// A document of intent. `spec` may leave out what the rule under test does not look at; see [`complete`].
pub(crate) fn intent(kind: &str, name: &str, spec: Value) -> Intent {
    let info = find_kind(kind).unwrap();
    let document = json!({ "apiVersion": info.api_version(), "kind": kind, "metadata": { "name": name }, "spec": complete(kind, name, spec) });
    (info.read)(&document).unwrap_or_else(|error| panic!("{kind} {name}: {error}"))
}

/// Fills in required fields.
fn complete(kind: &str, name: &str, spec: Value) -> Value {
    let mut whole = match kind {
        "Project" => {
            json!({ "registry": { "host": "r.example.org" }, "git": { "url": "https://g.example.org/x.git" } })
        }
        "Sovereign" => json!({ "domain": "t38.omani.works",
            "regions": [{ "provider": "hetzner", "region": "fsn", "blocks": ["mgt", "rtz"] }] }),
        "Organization" => {
            json!({ "sovereign": "demo", "title": name, "kind": "customer", "contact": "x@example.org" })
        }
        "Environment" => json!({ "organization": name.rsplit_once('-').unwrap().0, "regions": ["fsn"] }),
        "Blueprint" => json!({ "version": "1.0.0", "card": { "title": name, "summary": "It." } }),
        "Kit" => json!({ "slots": [] }),
        _ => json!({}),
    };
    for (key, value) in map(spec) {
        whole[&key] = value;
    }
    if kind == "Kit" {
        for slot in whole["slots"].as_array_mut().unwrap() {
            let mut filled = json!({ "version": "1.0.0", "tier": "0", "layer": "host", "purpose": "It." });
            for (key, value) in map(slot.take()) {
                filled[&key] = value;
            }
            *slot = filled;
        }
    }
    whole
}

/// An index of documents: file, kind, name, spec. Members follow their owners.
pub(crate) fn index(documents: &[(&str, &str, &str, Value)]) -> Index {
    let mut index = Index::default();
    let mut catalogue = Catalogue::default();
    let mut sovereigns: BTreeMap<SovereignName, SovereignIntent> = BTreeMap::new();
    for (file, kind, name, spec) in documents {
        add(&mut index, &mut catalogue, &mut sovereigns, &place(file), intent(kind, name, spec.clone()));
    }
    index.catalogue = Arc::new(catalogue);
    index.sovereigns = sovereigns.into_iter().map(|(name, it)| (name, Arc::new(it))).collect();
    index
}

fn add(
    index: &mut Index,
    catalogue: &mut Catalogue,
    sovereigns: &mut BTreeMap<SovereignName, SovereignIntent>,
    place: &Place,
    intent: Intent,
) {
    fn sourced<T>(value: Arc<T>, place: &Place) -> Sourced<T> {
        Sourced { value, place: place.clone() }
    }
    let owner = |sovereigns: &mut BTreeMap<SovereignName, SovereignIntent>, org: &OrgName| {
        sovereigns.iter().find(|(_, it)| it.organizations.contains_key(org)).unwrap().0.clone()
    };
    match intent {
        Intent::Project(it) => index.project = Some(sourced(it, place)),
        Intent::Kit(it) => index.kit = Some(sourced(it, place)),
        Intent::Sovereign(it) => {
            let intent = SovereignIntent {
                sovereign: sourced(it.clone(), place),
                organizations: BTreeMap::new(),
                environment_policies: BTreeMap::new(),
                secret_policies: BTreeMap::new(),
                runbooks: BTreeMap::new(),
                user_accesses: BTreeMap::new(),
            };
            sovereigns.insert(it.name.clone(), intent);
        }
        Intent::Blueprint(it) => {
            let scope = match (&it.spec.catalog.sovereign, &it.spec.catalog.organization) {
                (Some(sovereign), Some(org)) => Scope::Organization(sovereign.clone(), org.clone()),
                (Some(sovereign), None) => Scope::Sovereign(sovereign.clone()),
                _ => Scope::Public,
            };
            let entry = CatalogEntry { scope, blueprint: sourced(it.clone(), place), chart: None };
            catalogue.blueprints.entry(it.name.clone()).or_default().push(entry);
        }
        Intent::Organization(it) => {
            let organization = OrganizationIntent {
                organization: sourced(it.clone(), place),
                environments: BTreeMap::new(),
                applications: BTreeMap::new(),
                continuums: BTreeMap::new(),
            };
            sovereigns
                .get_mut(&it.spec.sovereign)
                .unwrap()
                .organizations
                .insert(it.name.clone(), organization);
        }
        Intent::Environment(it) => {
            let name = owner(sovereigns, &it.spec.organization);
            let org =
                sovereigns.get_mut(&name).unwrap().organizations.get_mut(&it.spec.organization).unwrap();
            org.environments.insert(it.name.env, sourced(it.clone(), place));
        }
        Intent::Application(it) => {
            let name = owner(sovereigns, &it.spec.organization);
            let org =
                sovereigns.get_mut(&name).unwrap().organizations.get_mut(&it.spec.organization).unwrap();
            org.applications.insert(it.name.clone(), sourced(it.clone(), place));
        }
        Intent::Continuum(it) => {
            let name = owner(sovereigns, &it.spec.organization);
            let org =
                sovereigns.get_mut(&name).unwrap().organizations.get_mut(&it.spec.organization).unwrap();
            org.continuums.insert(it.name.clone(), sourced(it.clone(), place));
        }
        Intent::EnvironmentPolicy(it) => {
            let name = owner(sovereigns, &it.spec.applies_to.environments[0].org);
            let sovereign = sovereigns.get_mut(&name).unwrap();
            sovereign.environment_policies.insert(it.name.clone(), sourced(it.clone(), place));
        }
        Intent::SecretPolicy(it) => {
            let sovereign = sovereigns.get_mut(&it.spec.sovereign).unwrap();
            sovereign.secret_policies.insert(it.name.clone(), sourced(it.clone(), place));
        }
        Intent::Runbook(it) => {
            let sovereign = sovereigns.get_mut(&it.spec.sovereign).unwrap();
            sovereign.runbooks.insert(it.name.clone(), sourced(it.clone(), place));
        }
        Intent::UserAccess(it) => {
            let sovereign = sovereigns.get_mut(&it.spec.sovereign).unwrap();
            sovereign.user_accesses.insert(it.name.clone(), sourced(it.clone(), place));
        }
    }
}

/// What a rule over the project finds.
pub(crate) fn project(rule: fn(&Index, &mut Vec<Diagnostic>), index: &Index) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    rule(index, &mut out);
    out
}

/// Findings as lines: rule, place, message.
pub(crate) fn lines(found: &[Diagnostic]) -> Vec<String> {
    found
        .iter()
        .map(|it| {
            let (file, path) = (&it.primary.place.file, it.primary.place.path());
            let path = if path.is_root() { String::new() } else { format!(":{path}") };
            format!("{} {file}{path}: {}", it.rule.name, it.message)
        })
        .collect()
}

/// The action of the only edit of the only finding's fix.
pub(crate) fn fix(found: &[Diagnostic]) -> Option<EditAction> {
    let [found] = found else { panic!("{} findings: {:?}", found.len(), lines(found)) };
    let edits = &found.fix.as_ref()?.edits;
    assert_eq!(edits.len(), 1);
    Some(edits[0].action.clone())
}

/// What a rule over one document finds.
pub(crate) fn text(
    rule: fn(&crate::Text<'_>, &mut Vec<Diagnostic>),
    kind: &str,
    value: &Value,
) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    rule(&crate::Text { file: &path("x.yaml"), value, document: 0, kind }, &mut out);
    out
}

/// An emitted object that comes from `intent.yaml`; `name` may hold a namespace. `rest` is `spec`, or the whole rest where it has a key
/// `spec`, `metadata` or `subjects`.
pub(crate) fn object(api_version: &str, kind: &str, name: &str, rest: Value) -> EmittedObject {
    let (namespace, name) = name.split_once('/').map_or((None, name), |(a, b)| (Some(a), b));
    let mut object = json!({ "apiVersion": api_version, "kind": kind, "metadata": { "name": name } });
    if let Some(namespace) = namespace {
        object["metadata"]["namespace"] = namespace.into();
    }
    let whole = ["spec", "metadata", "subjects"].iter().any(|key| rest.get(key).is_some());
    if whole {
        for (key, value) in map(rest) {
            if key == "metadata" {
                map(value).into_iter().for_each(|(key, value)| object["metadata"][&key] = value);
            } else {
                object[&key] = value;
            }
        }
    } else {
        object["spec"] = rest;
    }
    EmittedObject { object, provenance: Provenance::new("a test", &place("intent.yaml")) }
}

/// A Sovereign `demo` with a management cluster and a workload cluster in one region, for rules over plan and tree.
pub(crate) struct Scene {
    documents: Vec<(String, &'static str, String, Value)>,
    /// Its plan.
    pub(crate) plan: Plan,
    /// Its resolution.
    pub(crate) resolution: Resolution,
    tree: EmittedTree,
}

/// Name of the management cluster.
pub(crate) const MGT: &str = "hz-fsn-mgt-prod";
/// Name of the workload cluster.
pub(crate) const RTZ: &str = "hz-fsn-rtz-prod";

impl Scene {
    pub(crate) fn new() -> Self {
        let documents = vec![
            ("catalyst.yaml".to_owned(), "Project", "p".to_owned(), json!({})),
            ("sovereign.yaml".to_owned(), "Sovereign", "demo".to_owned(), json!({})),
            ("kit.yaml".to_owned(), "Kit", "kit".to_owned(), json!({})),
        ];
        let Intent::Sovereign(sovereign) = intent("Sovereign", "demo", json!({})) else { unreachable!() };
        let Intent::Project(project) = intent("Project", "p", json!({})) else { unreachable!() };
        let target = Target { kubernetes: "1.33".into(), flux: "2.7".into(), gateway_api: None, helm: None };
        let cluster = |name: &str| {
            let name: ClusterName = name.parse().unwrap();
            let plan = ClusterPlan {
                name: name.clone(),
                region: RegionKey::new("fsn").unwrap(),
                place: at("sovereign.yaml", "spec.regions[0]"),
                target: target.clone(),
                target_name: "default".into(),
                management: name.block == BuildingBlock::Mgt,
                releases: BTreeMap::new(),
                vclusters: BTreeMap::new(),
            };
            (name, plan)
        };
        let plan = Plan {
            facts: SovereignFacts {
                name: sovereign.name.clone(),
                domain: "t38.omani.works".into(),
                registry: project.spec.registry.clone(),
                git: project.spec.git.clone(),
                management: MGT.parse().unwrap(),
                gitea: "https://gitea.hfmp.t38.omani.works".into(),
            },
            sovereign: Sourced { value: sovereign, place: place("sovereign.yaml") },
            clusters: [cluster(MGT), cluster(RTZ)].into(),
            prerequisites: Vec::new(),
            widenings: Vec::new(),
            organizations: BTreeMap::new(),
            applications: BTreeMap::new(),
            config: Vec::new(),
        };
        Scene { documents, plan, resolution: Resolution::default(), tree: EmittedTree::default() }
    }

    /// Adds a document, or replaces the one of the same file.
    pub(crate) fn document(&mut self, file: &str, kind: &'static str, name: &str, spec: Value) {
        let document = (file.to_owned(), kind, name.to_owned(), spec);
        match self.documents.iter_mut().find(|it| it.0 == file) {
            Some(known) => *known = document,
            None => self.documents.push(document),
        }
    }

    /// A Blueprint as an entry of the catalogue.
    pub(crate) fn entry(name: &str, spec: Value) -> Arc<CatalogEntry> {
        let Intent::Blueprint(it) = intent("Blueprint", name, spec) else { unreachable!() };
        let place = place(&format!("platform/{}/blueprint.yaml", it.name.short()));
        Arc::new(CatalogEntry { scope: Scope::Public, blueprint: Sourced { value: it, place }, chart: None })
    }

    fn slot(id: &str, name: &str) -> Arc<Slot> {
        let Intent::Kit(kit) = intent("Kit", "kit", json!({ "slots": [{ "id": id, "blueprint": name }] }))
        else {
            unreachable!()
        };
        Arc::new(kit.spec.slots[0].clone())
    }

    fn edge(to: &str) -> KitEdge {
        KitEdge {
            to: BlueprintName::new(to).unwrap(),
            kind: EdgeKind::Depends,
            place: at("edge.yaml", to),
            active: true,
            conditional: false,
        }
    }

    /// Adds a release to a cluster: what it provides, what it requires, what it depends on.
    pub(crate) fn release(
        &mut self,
        cluster: &str,
        name: &str,
        provides: &[Capability],
        requires: &[Capability],
        depends: &[&str],
    ) {
        let blueprint = BlueprintName::new(name).unwrap();
        let entry = Self::entry(name, json!({}));
        let placed = |list: &[Capability], field: &str| {
            let place = |at| entry.blueprint.place.child("spec").child(field).item(at);
            list.iter().enumerate().map(|(at, it)| (it.clone(), place(at))).collect()
        };
        let release = Release {
            slot: Self::slot("01", name),
            place: at("kit.yaml", "spec.slots[0]"),
            version: entry.blueprint.spec.version.clone(),
            version_place: at("kit.yaml", "spec.slots[0].version"),
            namespace: Namespace::new(blueprint.short()).unwrap(),
            depends_on: depends.iter().map(|to| Self::edge(to)).collect(),
            config: Arc::default(),
            values: Arc::default(),
            interface: Arc::new(ReleaseInterface {
                provides: placed(provides, "provides"),
                requires: placed(requires, "requires"),
            }),
            entry,
        };
        self.cluster(cluster).releases.insert(blueprint, release);
    }

    /// Adds a slot to the resolved kit.
    pub(crate) fn node(&mut self, id: &str, name: &str, depends: &[&str]) {
        let entry = Self::entry(name, json!({}));
        let node = KitNode {
            slot: Self::slot(id, name),
            place: at("kit.yaml", "spec.slots[0]"),
            version: entry.blueprint.spec.version.clone(),
            version_place: at("kit.yaml", "spec.slots[0].version"),
            entry,
            config: Layered::default(),
            size: None,
            edges: depends.iter().map(|to| Self::edge(to)).collect(),
        };
        self.resolution.kit.nodes.insert(BlueprintName::new(name).unwrap(), node);
    }

    /// A cluster of the plan.
    pub(crate) fn cluster(&mut self, name: &str) -> &mut ClusterPlan {
        self.plan.clusters.get_mut(&name.parse::<ClusterName>().unwrap()).unwrap()
    }

    /// Adds a vCluster for the `prod` Environment of an Organization to the workload cluster, with one Application.
    pub(crate) fn vcluster(&mut self, org: &str, app: &str) {
        let (org, app) = (OrgName::new(org).unwrap(), AppName::new(app).unwrap());
        let environment = EnvironmentName { org: org.clone(), env: EnvType::Prod };
        let install = VClusterInstall {
            app: app.clone(),
            branch: "main".into(),
            path: "overlays/prod".into(),
            role: Role::Active,
            depends_on: Vec::new(),
            place: place("application.yaml"),
        };
        let vcluster = VClusterPlan {
            name: org.to_string(),
            namespace: Namespace::from(&org),
            plan: PlanSize::S,
            environment: Some(environment.clone()),
            installs: [(app.clone(), install)].into(),
            org: org.clone(),
        };
        self.cluster(RTZ).vclusters.insert(org.clone(), vcluster);
        let entry = Self::entry("bp-shop", json!({}));
        let planned = EnvironmentPlan {
            host: format!("{app}.{environment}.t38.omani.works"),
            environment,
            branch: "main".into(),
            version: entry.blueprint.spec.version.clone(),
            entry,
            place: place("application.yaml"),
            mode: PlacementMode::SingleRegion,
            config: Arc::default(),
            base: Map::new(),
            values: Arc::default(),
            placements: Vec::new(),
            dependencies: BTreeMap::new(),
            target: self.cluster(RTZ).target.clone(),
            secrets: BTreeMap::new(),
        };
        let application = ApplicationPlan {
            org: org.clone(),
            name: app.clone(),
            owners: Vec::new(),
            environments: [(EnvType::Prod, planned)].into(),
        };
        self.plan.applications.insert((org, app), application);
    }

    /// Adds a file of objects to the tree.
    pub(crate) fn emit(&mut self, file: &str, objects: Vec<EmittedObject>) {
        self.tree.files.insert(path(file), EmittedFile { header: Vec::new(), body: Body::Objects(objects) });
    }

    /// Adds a `kustomization.yaml` to a folder of the tree.
    pub(crate) fn kustomization(&mut self, folder: &str, document: Value) {
        let body = Body::Document(document, Provenance::new("a test", &place("intent.yaml")));
        self.tree
            .files
            .insert(path(&format!("{folder}/kustomization.yaml")), EmittedFile { header: Vec::new(), body });
    }

    /// Shows the facts of the Sovereign to `look`.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&crate::Facts<'_>) -> T) -> T {
        let documents: Vec<_> = self
            .documents
            .iter()
            .map(|(file, kind, name, spec)| (file.as_str(), *kind, name.as_str(), spec.clone()))
            .collect();
        let index = index(&documents);
        let sovereign = index.sovereigns.values().next().unwrap();
        let (plan, resolution, tree) = (&self.plan, &self.resolution, &self.tree);
        look(&crate::Facts::new(crate::Subject { index: &index, sovereign, plan, resolution, tree }))
    }

    /// What a rule over the Sovereign finds.
    pub(crate) fn run(&self, rule: fn(&crate::Facts<'_>, &mut Vec<Diagnostic>)) -> Vec<Diagnostic> {
        self.with(|facts| {
            let mut out = Vec::new();
            rule(facts, &mut out);
            out
        })
    }
}

/// A kind of an API, as `group/version Kind`.
pub(crate) fn api(text: &str) -> Capability {
    let (api, kind) = text.split_once(' ').unwrap();
    let (group, version) = api.rsplit_once('/').unwrap();
    Capability::Api { group: group.into(), version: version.into(), kind: kind.into() }
}

/// A named object; `name` may hold a namespace.
pub(crate) fn named(kind: &'static str, name: &str) -> Capability {
    let (namespace, name) = name.split_once('/').map_or((None, name), |(a, b)| (Some(a), b));
    Capability::Named { kind, name: name.into(), namespace: namespace.map(Into::into) }
}
