//! A whole Sovereign, small.

use super::{Intent, at, index, intent, path, place};
use catalyst_diag::Diagnostic;
use catalyst_model::*;
use catalyst_plan::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

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

/// A Scene in which Application `shop` of `acme` serves in `fsn` and stands by in `hel`, under this mode, and perhaps a Continuum of this
/// name with these changes.
pub(crate) fn standby_scene(mode: PlacementMode, continuum: Option<(&str, Value)>) -> Scene {
    let mut scene = Scene::new();
    scene.vcluster("acme", "shop");
    scene.document("acme.yaml", "Organization", "acme", json!({}));
    scene.document("env.yaml", "Environment", "acme-prod", json!({}));
    let application =
        json!({ "organization": "acme", "blueprint": "bp-shop", "environments": { "prod": {} } });
    scene.document("application.yaml", "Application", "shop", application);
    let application = scene.plan.applications.values_mut().next().unwrap();
    let environment = application.environments.values_mut().next().unwrap();
    environment.mode = mode;
    environment.placements = [("fsn", Role::Active), ("hel", Role::Standby)]
        .map(|(region, role)| PlacementPlan {
            region: RegionKey::new(region).unwrap(),
            cluster: RTZ.parse().unwrap(),
            role,
            overlay: Map::new(),
            agent_owned: Vec::new(),
        })
        .into();
    if let Some((name, changes)) = continuum {
        let mut spec = json!({ "organization": "acme", "environment": "acme-prod", "primary": "fsn", "standby": ["hel"] });
        for (key, value) in super::map(changes) {
            spec[&key] = value;
        }
        scene.document("continuum.yaml", "Continuum", name, spec);
    }
    scene
}
