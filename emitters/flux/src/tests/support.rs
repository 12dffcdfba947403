//! Small plans, built by hand, and the files that are made of them.

use crate::Flux;
use catalyst_diag::Place;
use catalyst_emit::{Emitter, render};
use catalyst_model::*;
use catalyst_plan::*;
use catalyst_source::{KeyPath, TreePath};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) const DOMAIN: &str = "t38.omani.works";
pub(crate) const VARIABLE: &str = "${SOVEREIGN_FQDN}";
pub(crate) const MGT: &str = "hz-fsn-mgt-prod";
pub(crate) const RTZ: &str = "hz-fsn-rtz-prod";
pub(crate) const DMZ: &str = "hz-fsn-dmz-prod";

pub(crate) fn place(file: &str, path: &str) -> Place {
    Place::value(&TreePath::new(file).unwrap(), 0, KeyPath::parse(path).unwrap())
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn of<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn resource<N: std::str::FromStr<Err: std::fmt::Debug>, S: serde::de::DeserializeOwned>(
    name: &str,
    spec: Value,
) -> Arc<Resource<N, S>> {
    let (name, metadata, spec) = (name.parse().unwrap(), Metadata::default(), of(spec));
    Arc::new(Resource { name, metadata, spec, keys: KeyOrder::default() })
}

/// One slot of the test kit: the slot, its edges as (target, reason of an order-only edge, conditional), and its chart values.
pub(crate) struct TestSlot {
    slot: Value,
    edges: Vec<(&'static str, Option<&'static str>, bool)>,
    values: Value,
}

fn slot(slot: Value) -> TestSlot {
    TestSlot { slot, edges: Vec::new(), values: json!({}) }
}

impl TestSlot {
    fn after(mut self, to: &'static str, reason: Option<&'static str>, conditional: bool) -> Self {
        self.edges.push((to, reason, conditional));
        self
    }

    fn values(mut self, values: Value) -> Self {
        self.values = values;
        self
    }
}

/// A kit with every kind of slot.
pub(crate) fn kit(domain: &str) -> Vec<TestSlot> {
    let of = |id: &str, name: &str, purpose: &str, more: Value| {
        let mut out = json!({
            "id": id, "blueprint": name, "version": "1.1.2", "tier": "0", "layer": "host", "purpose": purpose
        });
        out.as_object_mut().unwrap().extend(object(more));
        slot(out)
    };
    vec![
        of(
            "01",
            "bp-cilium",
            "The network of the cluster.",
            json!({ "namespace": "kube-system", "ownsNamespace": false }),
        )
        .values(json!({ "cilium": { "l7Proxy": true, "hubble": { "metrics": { "enabled": null } } } })),
        of("02", "bp-cert-manager", "Certificates.", json!({})).after("bp-cilium", None, false),
        of("03", "bp-flux", "Flux itself.", json!({ "namespace": "flux-system", "preserveValues": true }))
            .after("bp-cert-manager", None, false),
        of(
            "04",
            "bp-crossplane",
            "Cloud resources.",
            json!({ "layer": "mgt", "namespace": "crossplane-system", "timeout": "15m", "wait": true }),
        )
        .after("bp-flux", None, false),
        of("06a", "bp-cutover", "Cuts the cord.", json!({ "layer": "mgt", "dormant": true }))
            .after("bp-flux", None, false),
        of(
            "09",
            "bp-keycloak",
            "People and their sign-in. One server for the whole Sovereign or one for each Organization, as the Sovereign says.",
            json!({ "layer": "mgt" }),
        )
        .after("bp-cnpg", None, true)
        .after("bp-flux", Some("its realm job is a Flux object."), false)
        .after("bp-cert-manager", None, false),
        of("10", "bp-gitea", "Git.", json!({ "layer": "mgt" })).after("bp-keycloak", None, false).values(json!({
            "global": { "sovereignFQDN": domain },
            "ingress": { "hosts": [{ "host": format!("gitea.{domain}"), "paths": [{ "path": "/", "pathType": "Prefix" }] }] },
            "mixed": format!("https://gitea.{domain}/api?x=1: y"),
            "perHost": { (domain.to_owned()): format!("first\nsecond {domain}\n") },
            "script": "echo one\nexit 0\n",
            "version": "1.20",
        })),
        of("15", "bp-external-secrets", "Secrets.", json!({ "namespace": "external-secrets-system" }))
            .after("bp-cert-manager", None, false),
        of("16", "bp-cnpg", "PostgreSQL.", json!({ "layer": "mgt", "namespace": "cnpg-system" }))
            .after("bp-flux", None, false),
    ]
}

pub(crate) fn entry(name: &str, version: &str) -> Arc<CatalogEntry> {
    let upstream = match name {
        "bp-flux" => {
            json!([{ "chart": "flux2", "version": "2.17.2", "repository": "https://charts.example" }])
        }
        _ => json!([]),
    };
    let folder = format!("platform/{}", &name[3..]);
    let spec = json!({
        "version": version, "card": { "title": name, "summary": name },
        "manifests": { "chart": "./chart", "upstream": upstream },
    });
    let blueprint =
        Sourced { value: resource(name, spec), place: place(&format!("{folder}/blueprint.yaml"), "") };
    Arc::new(CatalogEntry { scope: Scope::Public, blueprint, chart: None })
}

fn layered(kind: LayerKind, place: Place, values: Value) -> Arc<Layered> {
    let mut layered = Layered::default();
    layered.push(catalyst_plan::Layer::new(kind, place, object(values)));
    Arc::new(layered)
}

fn release(at: usize, slot: &TestSlot, present: &[&str]) -> Release {
    let kit = "clusters/_template/kit.yaml";
    let here = place(kit, &format!("spec.slots[{at}]"));
    let spec: Slot = of(slot.slot.clone());
    let edges =
        slot.edges.iter().filter(|(to, ..)| present.contains(to)).map(|(to, reason, conditional)| KitEdge {
            to: to.parse().unwrap(),
            kind: reason.map_or(EdgeKind::Depends, |reason| EdgeKind::Order(reason.into())),
            place: place(kit, &format!("spec.slots[{at}].after")),
            active: true,
            conditional: *conditional,
        });
    let short = spec.blueprint.short().to_owned();
    Release {
        entry: entry(spec.blueprint.as_str(), "1.1.2"),
        version: "1.1.2".parse().unwrap(),
        version_place: here.child("version"),
        namespace: spec.namespace.clone().unwrap_or_else(|| Namespace::new(&short).unwrap()),
        depends_on: edges.collect(),
        config: Arc::new(Layered::default()),
        values: layered(LayerKind::Slot, here.child("values"), slot.values.clone()),
        interface: Arc::new(ReleaseInterface::default()),
        slot: Arc::new(spec),
        place: here,
    }
}

pub(crate) fn cluster(name: &str, domain: &str, flux: &str) -> ClusterPlan {
    let management = name == MGT;
    let kit = kit(domain);
    let mine = |slot: &&TestSlot| management || slot.slot["layer"] == "host";
    let present: Vec<&str> =
        kit.iter().filter(mine).map(|slot| slot.slot["blueprint"].as_str().unwrap()).collect();
    let releases = kit.iter().enumerate().filter(|(_, slot)| mine(slot)).map(|(at, slot)| {
        let release = release(at, slot, &present);
        (release.slot.blueprint.clone(), release)
    });
    ClusterPlan {
        name: name.parse().unwrap(),
        region: "fsn".parse().unwrap(),
        place: place("sovereigns/omantel/sovereign.yaml", "spec.regions[0]"),
        target: of(json!({ "kubernetes": "1.33", "flux": flux })),
        target_name: "default".into(),
        management,
        releases: releases.collect(),
        vclusters: BTreeMap::new(),
    }
}

fn install(app: &str, depends_on: &[&str]) -> (AppName, VClusterInstall) {
    let name: AppName = app.parse().unwrap();
    let file = format!("sovereigns/omantel/organizations/acme/applications/{app}.yaml");
    let install = VClusterInstall {
        app: name.clone(),
        branch: "main".into(),
        path: "overlays/prod".into(),
        role: Role::Active,
        depends_on: depends_on.iter().map(|name| name.parse().unwrap()).collect(),
        place: place(&file, ""),
    };
    (name, install)
}

fn vcluster(name: &str, environment: Option<&str>, installs: &[(&str, &[&str])]) -> VClusterPlan {
    VClusterPlan {
        org: "acme".parse().unwrap(),
        name: name.into(),
        namespace: name.parse().unwrap(),
        plan: PlanSize::M,
        environment: environment.map(|name| name.parse().unwrap()),
        installs: installs.iter().map(|(app, needs)| install(app, needs)).collect(),
    }
}

fn application(name: &str, blueprint: &str) -> ((OrgName, AppName), ApplicationPlan) {
    let (org, name): (OrgName, AppName) = ("acme".parse().unwrap(), name.parse().unwrap());
    let environment = EnvironmentPlan {
        environment: "acme-prod".parse().unwrap(),
        branch: "main".into(),
        entry: entry(blueprint, "1.4.0+build.7"),
        version: "1.4.0+build.7".parse().unwrap(),
        place: place("sovereigns/omantel/organizations/acme/applications/x.yaml", ""),
        mode: PlacementMode::SingleRegion,
        config: Arc::default(),
        base: Map::new(),
        values: Arc::default(),
        placements: Vec::new(),
        dependencies: BTreeMap::new(),
        target: of(json!({ "kubernetes": "1.33", "flux": "2.7" })),
        secrets: BTreeMap::new(),
        host: format!("{name}.acme-prod.{DOMAIN}"),
    };
    let plan = ApplicationPlan {
        org: org.clone(),
        name: name.clone(),
        owners: Vec::new(),
        environments: [(EnvType::Prod, environment)].into(),
    };
    ((org, name), plan)
}

/// A Sovereign of one region with all three building blocks, one Organization and three Applications.
pub(crate) fn plan(domain: &str, flux: &str) -> Plan {
    let mut clusters: BTreeMap<ClusterName, ClusterPlan> =
        [MGT, RTZ, DMZ].map(|name| (name.parse().unwrap(), cluster(name, domain, flux))).into();
    let acme: OrgName = "acme".parse().unwrap();
    let mut host = |name: &str, vcluster| {
        let cluster = clusters.get_mut(&name.parse().unwrap()).unwrap();
        cluster.vclusters.insert(acme.clone(), vcluster);
    };
    let installs: &[(&str, &[&str])] =
        &[("database", &[]), ("kustomization", &[]), ("shop", &["database", "kustomization"])];
    host(RTZ, vcluster("acme", Some("acme-prod"), installs));
    host(DMZ, vcluster("acme-dmz", None, &[]));
    let sovereign = json!({
        "domain": DOMAIN, "regions": [{ "provider": "hetzner", "region": "fsn", "blocks": ["mgt", "rtz", "dmz"] }]
    });
    let organization = json!({ "sovereign": "omantel", "title": "Acme", "kind": "customer", "plan": "m", "contact": "a@acme.example" });
    let organization = OrganizationPlan {
        organization: Sourced {
            value: resource("acme", organization),
            place: place("sovereigns/omantel/organizations/acme/organization.yaml", ""),
        },
        domain: DOMAIN.parse().unwrap(),
        environments: BTreeMap::new(),
    };
    Plan {
        sovereign: Sourced {
            value: resource("omantel", sovereign),
            place: place("sovereigns/omantel/sovereign.yaml", ""),
        },
        facts: SovereignFacts {
            name: "omantel".parse().unwrap(),
            domain: domain.into(),
            registry: of(json!({ "host": "registry.example:5000" })),
            git: of(json!({ "url": "https://git.example/platform/tree" })),
            management: MGT.parse().unwrap(),
            gitea: format!("https://gitea.hfmp.{domain}/"),
        },
        clusters,
        prerequisites: Vec::new(),
        widenings: Vec::new(),
        organizations: [(acme.clone(), organization)].into(),
        applications: [("database", "bp-postgres"), ("kustomization", "bp-valkey"), ("shop", "bp-shop")]
            .map(|(name, blueprint)| application(name, blueprint))
            .into(),
        config: Vec::new(),
    }
}

pub(crate) fn tree(plan: &Plan) -> EmittedTree {
    Flux.emit(plan)
}

/// The text of one file of the tree.
pub(crate) fn text(plan: &Plan, path: &str) -> String {
    let (path, tree) = (TreePath::new(path).unwrap(), tree(plan));
    let file = tree.files.get(&path).unwrap_or_else(|| panic!("no file {path}"));
    render(file, &path, Some(&plan.facts.domain))
}

/// The texts of a folder, one after the other, each under its path.
pub(crate) fn folder(plan: &Plan, folder: &str) -> String {
    let tree = tree(plan);
    let files = tree.files.iter().filter(|(path, _)| path.is_within(folder));
    let shown = files.map(|(path, file)| {
        let name = path.as_str().strip_prefix(folder).unwrap().trim_start_matches('/');
        format!("==> {name}\n{}", render(file, path, Some(&plan.facts.domain)))
    });
    shown.collect::<Vec<_>>().join("\n")
}
