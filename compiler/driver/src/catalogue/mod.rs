//! The catalogue of a project, for its emitter: every Blueprint with what its chart offers and where the fleet runs it.

mod config;
mod toggles;

pub use catalyst_catalogue::{Catalogue, files, json, probes};

use crate::load::read_error;
use crate::{Compilation, CompileOptions, GraphOf, Progress, Project, compile, graph};
use catalyst_catalogue::{
    Application, Capability, Dependency, Entry, Owner, Placement, Readiness, Release, Size, Slot, Upstream,
    VERSION,
};
use catalyst_diag::{Diagnostic, Severity, arrange};
use catalyst_model::{Api, BlueprintName, BlueprintSpec, Export, Interface, Layer};
use catalyst_plan::{CatalogEntry, Plan, Scope};
use catalyst_source::TreePath;
use catalyst_system::{ReadError, read};
use schemars::generate::SchemaSettings;
use serde_json::Value;
use std::collections::BTreeMap;

/// Largest `values.yaml` that is read.
const LIMIT: u64 = 4 << 20;

/// What runs a Blueprint in one Sovereign, by catalogue and name.
type Uses = BTreeMap<(Scope, BlueprintName), (Vec<Release>, Vec<Application>)>;

/// The JSON Schema of the catalogue as data.
pub fn schema() -> Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Catalogue>().to_value()
}

/// Compiles a project and gives its catalogue, with the findings. With an error among them there is none.
pub fn catalogue(
    project: &Project,
    options: &CompileOptions,
    progress: &dyn Progress,
) -> (Option<Catalogue>, Compilation<()>) {
    let done = compile(project, options, progress, |_, output| output.plan.as_deref().map(uses));
    let failed = done.has_errors() || done.cancelled;
    let Compilation { sovereigns, mut diagnostics, cancelled } = done;
    let mut all = Uses::new();
    for (key, (releases, applications)) in sovereigns.values().flatten().flatten() {
        let entry = all.entry(key.clone()).or_default();
        entry.0.extend_from_slice(releases);
        entry.1.extend_from_slice(applications);
    }
    let made = (!failed).then(|| {
        let mut found = Vec::new();
        let catalogue = gather(project, all, &mut found);
        project.levels().apply(&mut found);
        diagnostics.extend(found);
        arrange(&mut diagnostics);
        catalogue
    });
    let made = made.filter(|_| !diagnostics.iter().any(|it| it.severity == Severity::Error));
    let sovereigns = sovereigns.into_keys().map(|name| (name, ())).collect();
    (made, Compilation { sovereigns, diagnostics, cancelled })
}

fn uses(plan: &Plan) -> Uses {
    let key = |entry: &CatalogEntry| (entry.scope.clone(), entry.blueprint.name.clone());
    let sovereign = plan.facts.name.to_string();
    let mut uses = Uses::new();
    for cluster in plan.clusters.values() {
        for it in cluster.releases.values() {
            uses.entry(key(&it.entry)).or_default().0.push(Release {
                sovereign: sovereign.clone(),
                cluster: cluster.name.to_string(),
                namespace: it.namespace.to_string(),
                version: it.version.to_string(),
            });
        }
    }
    for application in plan.applications.values() {
        for it in application.environments.values() {
            uses.entry(key(&it.entry)).or_default().1.push(Application {
                sovereign: sovereign.clone(),
                environment: it.environment.to_string(),
                application: application.name.to_string(),
                version: it.version.to_string(),
                regions: it.placements.iter().map(|placement| placement.region.to_string()).collect(),
            });
        }
    }
    uses
}

fn gather(project: &Project, mut uses: Uses, found: &mut Vec<Diagnostic>) -> Catalogue {
    let (db, files) = project.database();
    let mut by_key: BTreeMap<(&Scope, &BlueprintName), Vec<&CatalogEntry>> = BTreeMap::new();
    for entry in catalyst_db::catalogue(db, files).blueprints.values().flatten() {
        by_key.entry((&entry.scope, &entry.blueprint.name)).or_default().push(entry);
    }
    for entries in by_key.values_mut() {
        entries.sort_by(|a, b| b.blueprint.spec.version.cmp(&a.blueprint.spec.version));
    }
    let latest: Vec<&CatalogEntry> = by_key.values().filter_map(|entries| entries.first().copied()).collect();
    let mut blueprints = Vec::new();
    for (key, entries) in &by_key {
        let Some((entry, older)) = entries.split_first() else { continue };
        let mut it = describe(entry, &latest);
        it.older = older.iter().map(|it| it.blueprint.spec.version.to_string()).collect();
        it.toggles = toggles_of(project, entry, found);
        (it.releases, it.applications) = uses.remove(&(key.0.clone(), key.1.clone())).unwrap_or_default();
        it.releases.sort();
        it.applications.sort();
        blueprints.push(it);
    }
    blueprints.sort_by(|a, b| a.id.cmp(&b.id));
    if let Some((kit, _)) = catalyst_db::compiled_kit(db, files) {
        for slot in &kit.kit.spec.slots {
            let of_slot = |it: &&mut Entry| it.id == slot.blueprint.as_str();
            if let Some(entry) = blueprints.iter_mut().find(of_slot) {
                entry.slot = Some(slot_of(slot));
            }
        }
    }
    Catalogue {
        version: VERSION,
        project: catalyst_db::project(db, files).as_ref().map(|it| it.name.to_string()).unwrap_or_default(),
        blueprints,
        kit: graph(project, &GraphOf::Kit).unwrap_or_default(),
        graph: graph(project, &GraphOf::Catalogue).unwrap_or_default(),
    }
}

fn slot_of(slot: &catalyst_model::Slot) -> Slot {
    Slot {
        id: slot.id.to_string(),
        tier: slot.tier.clone(),
        layer: if slot.layer == Layer::Mgt { "mgt" } else { "host" }.to_owned(),
        namespace: slot.namespace().to_owned(),
        dormant: slot.dormant,
        opt_in: slot.opt_in,
        purpose: slot.purpose.clone(),
    }
}

/// The public catalogue needs no name; the ids of others hold a `.`, which no name does.
fn id(entry: &CatalogEntry) -> String {
    let name = &entry.blueprint.name;
    match &entry.scope {
        Scope::Public => name.to_string(),
        Scope::Sovereign(sovereign) => format!("{sovereign}.{name}"),
        Scope::Organization(sovereign, org) => format!("{sovereign}.{org}.{name}"),
    }
}

fn describe(entry: &CatalogEntry, all: &[&CatalogEntry]) -> Entry {
    let spec = &entry.blueprint.spec;
    let card = &spec.card;
    Entry {
        id: id(entry),
        name: entry.blueprint.name.to_string(),
        catalogue: match &entry.scope {
            Scope::Public => "public".to_owned(),
            Scope::Sovereign(sovereign) => sovereign.to_string(),
            Scope::Organization(sovereign, org) => format!("{sovereign}/{org}"),
        },
        version: spec.version.to_string(),
        file: entry.blueprint.place.file.to_string(),
        title: card.title.clone(),
        summary: card.summary.clone(),
        tagline: card.tagline.clone(),
        category: card.category.clone(),
        family: card.family.clone(),
        tags: card.tags.clone(),
        documentation: card.documentation.clone(),
        license: card.license.clone(),
        visibility: spec.visibility.to_string(),
        owner: spec.owner.as_ref().map(|it| Owner { team: it.team.clone(), contact: it.contact.clone() }),
        upstream: spec.manifests.upstream.iter().map(upstream).collect(),
        placement: placement(spec),
        config: spec.config_schema.as_ref().map(config::fields).unwrap_or_default(),
        depends: spec.depends.iter().flatten().map(|it| needs(it, entry, all)).collect(),
        dependents: dependents(entry, all),
        provides: capabilities(&spec.provides),
        requires: capabilities(&spec.requires),
        sizes: spec
            .overlays
            .iter()
            .map(|(name, it)| Size {
                name: name.clone(),
                config: it.config.clone(),
                values: it.values.clone(),
            })
            .collect(),
        readiness: spec.readiness.as_ref().map(|it| Readiness {
            kind: it.kind.clone(),
            name: it.name.clone(),
            namespace: it.namespace.clone(),
            condition: it.condition.clone(),
            timeout_seconds: it.timeout_seconds,
        }),
        ..Entry::default()
    }
}

fn upstream(it: &catalyst_model::Upstream) -> Upstream {
    Upstream { chart: it.chart.clone(), version: it.version.to_string(), repository: it.repository.clone() }
}

fn placement(spec: &BlueprintSpec) -> Placement {
    let schema = &spec.placement_schema;
    let mut modes: Vec<_> = schema.modes.iter().collect();
    modes.sort_by_key(|mode| Some(**mode) != schema.default);
    Placement {
        modes: modes.into_iter().map(ToString::to_string).collect(),
        min_regions: schema.min_regions,
        max_regions: schema.max_regions,
        scopes: schema.scopes.iter().map(ToString::to_string).collect(),
    }
}

/// What a dependency of an entry leads to: the first catalogue that holds the name, the public one before others.
fn target<'a>(of: &CatalogEntry, name: &BlueprintName, all: &[&'a CatalogEntry]) -> Option<&'a CatalogEntry> {
    all.iter().copied().find(|it| it.blueprint.name == *name && of.scope.sees(&it.scope))
}

fn needs(it: &catalyst_model::Dependency, of: &CatalogEntry, all: &[&CatalogEntry]) -> Dependency {
    Dependency {
        blueprint: it.blueprint.to_string(),
        id: target(of, &it.blueprint, all).map(id),
        version: it.version.to_string(),
        alias: it.alias(),
        when: it.when.clone(),
    }
}

fn dependents(entry: &CatalogEntry, all: &[&CatalogEntry]) -> Vec<Dependency> {
    let name = &entry.blueprint.name;
    let of = |other: &&CatalogEntry| {
        let mut depends = other.blueprint.spec.depends.iter().flatten();
        let it = depends.find(|it| it.blueprint == *name)?;
        let leads_here = target(other, name, all).is_some_and(|found| found.scope == entry.scope);
        let dependency = needs(it, other, all);
        leads_here.then(|| Dependency {
            blueprint: other.blueprint.name.to_string(),
            id: Some(id(other)),
            ..dependency
        })
    };
    all.iter().filter_map(of).collect()
}

fn capabilities(interface: &Interface) -> Vec<Capability> {
    let apis = interface.apis.iter().flat_map(|it| it.kinds.iter().map(move |kind| api(it, kind)));
    let named = interface.named().into_iter();
    let objects = named.flat_map(|(_, kind, list)| list.iter().map(move |it| object(kind, it)));
    apis.chain(objects).collect()
}

fn api(it: &Api, kind: &str) -> Capability {
    let group = if it.group.is_empty() { String::new() } else { format!("{}/", it.group) };
    Capability {
        kind: "API".to_owned(),
        name: format!("{group}{} {kind}", it.version),
        namespace: None,
        keys: Vec::new(),
        port: None,
        when: it.when.clone(),
    }
}

fn object(kind: &str, it: &Export) -> Capability {
    Capability {
        kind: kind.to_owned(),
        name: it.name.clone(),
        namespace: it.namespace.clone(),
        keys: it.keys.clone(),
        port: it.port,
        when: it.when.clone(),
    }
}

/// The switches in the `values.yaml` of a chart in the project. A chart without one has none.
fn toggles_of(
    project: &Project,
    entry: &CatalogEntry,
    found: &mut Vec<Diagnostic>,
) -> Vec<catalyst_catalogue::Toggle> {
    let chart = entry.blueprint.spec.manifests.chart.as_deref().unwrap_or("./chart");
    let chart = chart.trim_start_matches("./").trim_end_matches('/');
    let file =
        entry.blueprint.place.file.parent().and_then(|it| it.join(&format!("{chart}/values.yaml")).ok());
    let Some(file): Option<TreePath> = file else { return Vec::new() };
    match read(&project.root, &file, LIMIT) {
        Ok(values) => toggles::toggles(&values.text),
        Err(ReadError::Missing) => Vec::new(),
        Err(error) => {
            found.push(read_error(&file, &error));
            Vec::new()
        }
    }
}
