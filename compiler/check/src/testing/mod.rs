//! Small builders for the unit tests of the rules.

mod scene;

pub(crate) use scene::{MGT, RTZ, Scene, standby_scene};

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

/// What a rule finds in a chart of these values and templates: the file, the message.
pub(crate) fn chart(
    rule: fn(&crate::ChartSubject<'_>, &mut Vec<Diagnostic>),
    values: Value,
    templates: &[(&str, &str)],
) -> Vec<String> {
    chart_of(rule, values, Value::Null, templates)
}

/// The same, with what the Blueprint hands to the chart.
pub(crate) fn chart_of(
    rule: fn(&crate::ChartSubject<'_>, &mut Vec<Diagnostic>),
    values: Value,
    handed: Value,
    templates: &[(&str, &str)],
) -> Vec<String> {
    let facts = ChartFacts {
        place: place("chart/Chart.yaml"),
        name: "bp-web".to_owned(),
        version: "1.0.0".to_owned(),
        app_version: None,
        dependencies: Vec::new(),
        annotations: BTreeMap::new(),
    };
    let file = path("chart/values.yaml");
    let templates: Vec<_> =
        templates.iter().map(|(file, text)| (path(&format!("chart/templates/{file}")), *text)).collect();
    let templates: Vec<_> = templates.iter().map(|(file, text)| (file, *text)).collect();
    let subject = crate::ChartSubject {
        facts: &facts,
        values: Some((&file, &values)),
        handed: Some((&place("blueprint.yaml"), &handed)),
        texts: &[],
        templates: &templates,
        cases: &[],
        deferred: &[],
        helms: &[("default".to_owned(), [3, 17, 3])],
    };
    let mut found = Vec::new();
    rule(&subject, &mut found);
    found.iter().map(|it| format!("{}: {}", it.primary.place.file.file_name(), it.message)).collect()
}
