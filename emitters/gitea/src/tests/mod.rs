mod files;
mod referee;
mod system;
mod values;

use crate::Gitea;
use catalyst_diag::Place;
use catalyst_emit::{Emitter, render};
use catalyst_model::*;
use catalyst_plan::{Layer, *};
use catalyst_source::{KeyPath, TreePath};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

fn place(file: &str) -> Place {
    Place::value(&TreePath::new(file).unwrap(), 0, KeyPath::root())
}

fn map(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

fn read(kind: &str, name: &str, spec: Value) -> Intent {
    (find_kind(kind).unwrap().read)(&json!({ "metadata": { "name": name }, "spec": spec })).unwrap()
}

/// A Blueprint in the catalogue.
fn entry(name: &str, version: &str, manifests: Value) -> Arc<CatalogEntry> {
    let spec =
        json!({ "version": version, "card": { "title": name, "summary": name }, "manifests": manifests });
    let Intent::Blueprint(value) = read("Blueprint", name, spec) else { unreachable!() };
    let place = place(&format!("platform/{}/blueprint.yaml", value.name.short()));
    Arc::new(CatalogEntry { scope: Scope::Public, blueprint: Sourced { value, place }, chart: None })
}

fn layered(layers: &[(LayerKind, Value)]) -> Layered {
    let mut out = Layered::default();
    for (kind, values) in layers {
        out.push(Layer::new(kind.clone(), place("f.yaml"), map(values.clone())));
    }
    out
}

/// Application `shop` in one Environment of Organization `acme`, in `fsn`.
fn environment(env: &str, branch: &str) -> EnvironmentPlan {
    let base = json!({ "replicaCount": 2, "ingress": { "host": "shop.example" } });
    let own = json!({ "ingress": { "tls": true } });
    EnvironmentPlan {
        environment: format!("acme-{env}").parse().unwrap(),
        branch: branch.into(),
        entry: entry("bp-wordpress", "1.3.0", json!({ "chart": "./chart" })),
        version: "1.3.0".parse().unwrap(),
        place: place("sovereigns/omantel/organizations/acme/applications/shop.yaml"),
        mode: PlacementMode::SingleRegion,
        config: Arc::default(),
        base: map(base.clone()),
        values: Arc::new(layered(&[(LayerKind::Mapping, base), (LayerKind::ApplicationEnvironment, own)])),
        placements: vec![placement("fsn", env, Role::Active, json!({}))],
        dependencies: BTreeMap::new(),
        target: target("2.7"),
        secrets: BTreeMap::from([("shop-admin".into(), vec!["username".into(), "password".into()])]),
        host: format!("shop.acme-{env}.omantel.biz"),
    }
}

fn placement(region: &str, env: &str, role: Role, overlay: Value) -> PlacementPlan {
    PlacementPlan {
        region: region.parse().unwrap(),
        cluster: format!("hz-{region}-rtz-{env}").parse().unwrap(),
        role,
        overlay: map(overlay),
        agent_owned: if role == Role::Standby { vec!["replicaCount".into()] } else { Vec::new() },
    }
}

fn target(flux: &str) -> Target {
    serde_json::from_value(json!({ "kubernetes": "1.33", "flux": flux })).unwrap()
}

/// `fsn` serves, `hel` stands by.
fn with_standby(mut environment: EnvironmentPlan) -> EnvironmentPlan {
    let env = environment.environment.env.to_string();
    environment.mode = PlacementMode::ActiveHotstandby;
    environment.placements.push(placement("hel", &env, Role::Standby, json!({ "replicaCount": 0 })));
    environment
}

/// A Sovereign with one Application in these Environments.
fn plan(environments: Vec<EnvironmentPlan>) -> Plan {
    let spec = json!({
        "domain": "omantel.biz",
        "regions": [{ "provider": "hetzner", "region": "fsn", "blocks": ["mgt", "rtz"] }],
    });
    let Intent::Sovereign(value) = read("Sovereign", "omantel", spec) else { unreachable!() };
    let application = ApplicationPlan {
        org: "acme".parse().unwrap(),
        name: "shop".parse().unwrap(),
        owners: vec!["team-shop".into(), "@root".into()],
        environments: environments.into_iter().map(|it| (it.environment.env, it)).collect(),
    };
    Plan {
        sovereign: Sourced { value, place: place("sovereigns/omantel/sovereign.yaml") },
        facts: SovereignFacts {
            name: "omantel".parse().unwrap(),
            domain: "omantel.biz".into(),
            registry: serde_json::from_value(json!({ "host": "harbor.omantel.biz" })).unwrap(),
            git: serde_json::from_value(json!({ "url": "https://gitea.omantel.biz/system/tree" })).unwrap(),
            management: "hz-fsn-mgt-prod".parse().unwrap(),
            gitea: "https://gitea.hfmp.omantel.biz".into(),
        },
        clusters: BTreeMap::new(),
        prerequisites: Vec::new(),
        widenings: Vec::new(),
        organizations: BTreeMap::new(),
        applications: BTreeMap::from([((application.org.clone(), application.name.clone()), application)]),
        config: Vec::new(),
    }
}

/// The text of all files, by path below the repositories of the Sovereign.
fn texts(plan: &Plan) -> BTreeMap<String, String> {
    let tree = Gitea.emit(plan);
    let below = |path: &TreePath| path.as_str().strip_prefix("omantel/repositories/").unwrap().to_owned();
    tree.files.iter().map(|(path, file)| (below(path), render(file, path, None))).collect()
}

/// All files in one text.
fn whole(files: &BTreeMap<String, String>) -> String {
    files.iter().map(|(path, text)| format!("=== {path}\n{text}")).collect()
}
