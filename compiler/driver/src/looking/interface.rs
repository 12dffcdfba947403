//! `interface-drift`: the objects of a chart against what its Blueprint provides and requires.
//!
//! All releases of a Blueprint are taken together, and conditions of its interface are not asked: what some release brings or uses is stated
//! when an entry names it. What controllers make at run time cannot be seen in objects, so a promise of a Secret, a Service or a ConfigMap is
//! not doubted here. What a template makes only where an API is served does not require it.

use crate::rendering::{RenderRun, RenderedRelease};
use crate::{Project, purity};
use catalyst_diag::{Diagnostic, Edit, EditAction, Fix, Place, rule};
use catalyst_helm::{Chart, Object};
use catalyst_model::{BUILT_IN_NAMESPACES, Blueprint, BlueprintName, InstallScope, Interface};
use catalyst_plan::{Capability, CatalogEntry, Index, Sourced};
use catalyst_render::surface;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Kinds without a namespace whose objects are there for others.
const SHARED: [&str; 4] = ["StorageClass", "ClusterIssuer", "GatewayClass", "Namespace"];

/// What all releases of one Blueprint bring and use.
struct Seen<'r> {
    blueprint: &'r Sourced<Blueprint>,
    brings: BTreeMap<Capability, &'r Object>,
    uses: BTreeMap<Capability, &'r Object>,
}

/// What does not fit, one finding each; the first of a Blueprint carries the fix of all that can be added.
pub(super) fn drift(project: &Project, run: &RenderRun, out: &mut Vec<Diagnostic>) {
    let (db, files) = project.database();
    let index = &catalyst_db::index(db, files).0;
    let mut by_file: BTreeMap<String, Vec<&RenderedRelease>> = BTreeMap::new();
    for release in run.releases.iter().filter(|it| it.objects.is_ok()) {
        by_file.entry(release.entry.blueprint.place.file.to_string()).or_default().push(release);
    }
    for releases in by_file.values() {
        let Some(first) = releases.first() else { continue };
        let seen = seen(releases);
        let mut found = Drift { blueprint: seen.blueprint, findings: Vec::new(), missing: BTreeMap::new() };
        provided(&seen, &mut found);
        required(index, &first.entry, &seen, &mut found);
        found.finish(out);
    }
}

fn seen<'r>(releases: &[&'r RenderedRelease]) -> Seen<'r> {
    let mut seen =
        Seen { blueprint: &releases[0].entry.blueprint, brings: BTreeMap::new(), uses: BTreeMap::new() };
    let gates = releases[0].chart.as_ref().map(|chart| Gates::of(chart)).unwrap_or_default();
    for release in releases {
        let Ok(objects) = &release.objects else { continue };
        let served: BTreeSet<String> = catalyst_check::served_apis(&release.target).into_iter().collect();
        let surface = surface(objects, &release.namespace);
        let own = |it: &Capability| without(it, &release.namespace);
        for (capability, object) in &surface.brings {
            seen.brings.entry(own(capability)).or_insert(object);
        }
        // What an Application names is what its config says; that becomes a Secret of its Environment, or a dependency.
        let is_of_a_kit =
            release.entry.blueprint.spec.placement_schema.scopes.contains(&InstallScope::Cluster)
                && !release.is_of_an_application();
        let uses = surface.uses.iter().filter(|_| is_of_a_kit);
        for (capability, object) in uses {
            seen.uses.entry(own(capability)).or_insert(object);
        }
        for ((group, version, kind), object) in &surface.kinds {
            let name = format!("{group}/{version}/{kind}");
            let is_served = served.contains(name.trim_start_matches('/'));
            let api = Capability::Api { group: group.clone(), version: version.clone(), kind: kind.clone() };
            if !is_served && !surface.brings.contains_key(&api) && !gates.hold(object, group) {
                seen.uses.entry(api).or_insert(object);
            }
        }
    }
    seen
}

/// Groups that templates ask for before they make objects of them, by template; those that helpers ask for, under an empty name.
#[derive(Default)]
struct Gates(BTreeSet<(String, String)>);

impl Gates {
    fn of(chart: &Chart) -> Gates {
        let mut found = BTreeSet::new();
        purity::each_text(chart, &mut |path, text| {
            let file = path.rsplit('/').next().unwrap_or_default();
            let file = if file.starts_with('_') { "" } else { file };
            for asked in text.split("APIVersions.Has").skip(1) {
                let line = asked.lines().next().unwrap_or_default();
                let api = line.split(['"', '`']).nth(1).unwrap_or_default();
                found.insert((file.to_owned(), api.split('/').next().unwrap_or_default().to_owned()));
            }
        });
        Gates(found)
    }

    /// Whether the template of an object asks whether the group is served.
    fn hold(&self, object: &Object, group: &str) -> bool {
        [object.file.file_name(), ""]
            .iter()
            .any(|file| self.0.contains(&((*file).to_owned(), group.to_owned())))
    }
}

/// A capability whose namespace is left out when it is that of the release.
fn without(it: &Capability, namespace: &str) -> Capability {
    match it {
        Capability::Named { kind, name, namespace: Some(own) } if own == namespace => {
            Capability::Named { kind, name: name.clone(), namespace: None }
        }
        other => other.clone(),
    }
}

/// What does not fit of one Blueprint.
struct Drift<'r> {
    blueprint: &'r Sourced<Blueprint>,
    findings: Vec<Diagnostic>,
    /// By `provides` or `requires`, then by list: what is to be added.
    missing: BTreeMap<(&'static str, &'static str), Vec<Value>>,
}

impl Drift<'_> {
    fn place(&self, section: &str) -> Place {
        let spec = self.blueprint.place.child("spec");
        let stated = match section {
            "provides" => &self.blueprint.spec.provides,
            _ => &self.blueprint.spec.requires,
        };
        if stated == &Interface::default() { spec } else { spec.child(section) }
    }

    /// Something that is there, or needed, and not stated.
    fn unstated(&mut self, section: &'static str, what: &Capability, object: &Object) {
        let name = &self.blueprint.name;
        let verb = if section == "provides" { "brings" } else { "uses" };
        let verb_stated = if section == "provides" { "provide" } else { "require" };
        let message =
            format!("the chart of `{name}` {verb} {what}, which the Blueprint does not {verb_stated}");
        let (list, item) = entry(what);
        self.findings.push(
            Diagnostic::new(&rule::INTERFACE_DRIFT, self.place(section), message)
                .note(format!("`{object}`, made by `{}` of chart `{}`", object.file, object.chart))
                .help(format!("add it to `{section}.{list}`; `catalystc fix --render` does")),
        );
        self.missing.entry((section, list)).or_default().push(item);
    }

    fn finish(mut self, out: &mut Vec<Diagnostic>) {
        if let Some(first) = self.findings.first_mut().filter(|_| !self.missing.is_empty()) {
            let edits = edits(self.blueprint, &self.missing);
            let title = format!("state what the chart of `{}` brings and uses", self.blueprint.name);
            first.fix = Some(Fix { title, edits });
        }
        out.extend(self.findings);
    }
}

/// Adds items to lists of an interface, which are made where there are none.
fn edits(
    blueprint: &Sourced<Blueprint>,
    missing: &BTreeMap<(&'static str, &'static str), Vec<Value>>,
) -> Vec<Edit> {
    let spec = blueprint.place.child("spec");
    let mut edits = Vec::new();
    for section in ["provides", "requires"] {
        let stated = if section == "provides" { &blueprint.spec.provides } else { &blueprint.spec.requires };
        let lists =
            missing.iter().filter(|((of, _), _)| *of == section).map(|((_, list), items)| (*list, items));
        if stated == &Interface::default() {
            let value: serde_json::Map<String, Value> =
                lists.map(|(list, items)| (list.to_owned(), json!(items))).collect();
            if !value.is_empty() {
                let action = EditAction::Insert { key: section.to_owned(), value: Value::Object(value) };
                edits.push(Edit { place: spec.clone(), action });
            }
            continue;
        }
        for (list, items) in lists {
            let place = spec.child(section);
            if is_empty(stated, list) {
                let action = EditAction::Insert { key: list.to_owned(), value: json!(items) };
                edits.push(Edit { place, action });
            } else {
                edits.extend(items.iter().map(|item| Edit {
                    place: place.child(list),
                    action: EditAction::Insert { key: String::new(), value: item.clone() },
                }));
            }
        }
    }
    edits
}

fn is_empty(interface: &Interface, list: &str) -> bool {
    match list {
        "apis" => interface.apis.is_empty(),
        _ => interface.named().iter().all(|(field, _, exports)| *field != list || exports.is_empty()),
    }
}

/// The list of an interface that a capability belongs to, and its entry there.
fn entry(what: &Capability) -> (&'static str, Value) {
    match what {
        Capability::Api { group, version, kind } => {
            ("apis", json!({ "group": group, "version": version, "kinds": [kind] }))
        }
        Capability::Named { kind, name, namespace } => {
            let list = Interface::field_of(kind).unwrap_or("namespaces");
            let mut item = json!({ "name": name });
            if let Some(namespace) = namespace {
                item["namespace"] = json!(namespace);
            }
            (list, item)
        }
    }
}

/// Whether an interface states a capability, conditions aside.
fn states(interface: &Interface, what: &Capability) -> bool {
    match what {
        Capability::Api { group, version, kind } => interface
            .apis
            .iter()
            .any(|it| it.group == *group && it.version == *version && it.kinds.contains(kind)),
        Capability::Named { kind, name, namespace } => interface.named().iter().any(|(_, of, exports)| {
            // A name may be an expression, which only a release decides.
            let is_it = |it: &catalyst_model::Export| {
                (it.name == *name || it.name.contains("{{"))
                    && (it.namespace == *namespace || namespace.is_none())
            };
            of == kind && exports.iter().any(is_it)
        }),
    }
}

/// What is brought and not provided, and what is promised and not brought.
fn provided(seen: &Seen<'_>, found: &mut Drift<'_>) {
    let provides = &seen.blueprint.spec.provides;
    for (what, object) in &seen.brings {
        let is_shared = match what {
            Capability::Api { .. } => true,
            Capability::Named { kind, .. } => SHARED.contains(kind),
        };
        if is_shared && !states(provides, what) {
            found.unstated("provides", what, object);
        }
    }
    let place = seen.blueprint.place.child("spec").child("provides");
    let mut broken = |place: Place, what: &Capability| {
        let name = &seen.blueprint.name;
        let message = format!("`{name}` provides {what}, and its chart does not bring it");
        found.findings.push(
            Diagnostic::new(&rule::INTERFACE_DRIFT, place, message)
                .help("take it out, or give it the condition under which the chart brings it; one that a controller brings while it runs is stated rightly"),
        );
    };
    // Where some definitions are brought, all are; a chart without any leaves them to its controller.
    let has_definitions = seen.brings.keys().any(|it| matches!(it, Capability::Api { .. }));
    for (at, api) in provides.apis.iter().enumerate().filter(|(_, it)| it.when.is_none() && has_definitions) {
        for kind in &api.kinds {
            let what = Capability::Api {
                group: api.group.clone(),
                version: api.version.clone(),
                kind: kind.clone(),
            };
            if !seen.brings.contains_key(&what) {
                broken(place.child("apis").item(at), &what);
            }
        }
    }
    for (field, kind, exports) in provides.named() {
        for (at, export) in exports.iter().enumerate() {
            let what = Capability::Named { kind, name: export.name.clone(), namespace: None };
            let is_plain = export.when.is_none() && !export.name.contains("{{");
            let is_doubted = matches!(kind, "StorageClass" | "ClusterIssuer" | "GatewayClass");
            if is_plain && is_doubted && !seen.brings.contains_key(&what) {
                broken(place.child(field).item(at), &what);
            }
        }
    }
}

/// What is used and neither required nor brought by what the Blueprint depends on.
fn required(index: &Index, entry: &CatalogEntry, seen: &Seen<'_>, found: &mut Drift<'_>) {
    let spec = &entry.blueprint.spec;
    let (names, before) = dependencies(index, entry);
    // A slot brings its own namespace, and what is required of a namespace requires it.
    let named = spec.requires.named().into_iter().flat_map(|(_, _, exports)| exports);
    let namespaces: BTreeSet<&str> = names
        .iter()
        .map(|it| it.short())
        .chain(named.filter_map(|it| it.namespace.as_deref()))
        .chain(BUILT_IN_NAMESPACES)
        .collect();
    let phase_zero = index.kit.as_ref().map(|it| &it.spec.phase_zero.provides);
    let externs = index.project.iter().flat_map(|it| &it.spec.externs);
    for (what, object) in &seen.uses {
        let is_known = match what {
            Capability::Named { kind: "Namespace", name, .. } if namespaces.contains(name.as_str()) => true,
            Capability::Named { kind, name, .. } => {
                externs.clone().any(|it| it.kind == *kind && it.name == *name)
            }
            Capability::Api { .. } => false,
        };
        let is_stated = states(&spec.requires, what)
            || states(&spec.provides, what)
            || phase_zero.is_some_and(|it| states(it, what))
            || before.iter().any(|it| states(it, what));
        if !is_known && !is_stated {
            found.unstated("requires", what, object);
        }
    }
}

/// All that a Blueprint depends on, directly or not, with the interfaces.
fn dependencies<'i>(index: &'i Index, entry: &CatalogEntry) -> (BTreeSet<BlueprintName>, Vec<&'i Interface>) {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    let names = |entry: &CatalogEntry| {
        let depends = entry.blueprint.spec.depends.iter().flatten();
        depends.map(|it| it.blueprint.clone()).collect::<Vec<_>>()
    };
    let mut open = names(entry);
    while let Some(name) = open.pop() {
        if seen.insert(name.clone()) {
            for entry in index.catalogue.entries(&name) {
                found.push(&entry.blueprint.spec.provides);
                open.extend(names(entry));
            }
        }
    }
    (seen, found)
}
