//! Blueprints made ready: schemas and expressions compiled once, for all who use them.

use crate::scope::{blueprint_scope, kit_scope};
use crate::values::{ValueTree, diagnostic};
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_expr::{Expression, Scope as Names, Type, condition};
use catalyst_lower::schema::{FindingKind, Schema};
use catalyst_model::{Api, BlueprintName, Interface, Kit, Version};
use catalyst_plan::{CatalogEntry, Catalogue, Scope, Sourced, Viewer};
use catalyst_source::{KeyPath, Step};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A Blueprint with its schema and expressions compiled. Equal when the Blueprint is.
#[derive(Debug)]
pub struct Compiled {
    /// The Blueprint.
    pub entry: Arc<CatalogEntry>,
    /// Its configSchema; `None` when it has none, or a broken one, which has been reported.
    pub schema: Option<Schema>,
    /// Defaults of the configSchema.
    pub defaults: Map<String, Value>,
    /// `depends`, in order.
    pub dependencies: Vec<CompiledDependency>,
    /// `manifests.values`.
    pub values: ValueTree,
    /// Paths of `manifests.values`, each with a path of config that the expression there reads.
    pub reads: Arc<Vec<(KeyPath, KeyPath)>>,
    /// Overlays, by size: config and chart values.
    pub overlays: BTreeMap<String, (Map<String, Value>, ValueTree)>,
    /// What it provides.
    pub provides: Vec<CompiledExport>,
    /// What it requires.
    pub requires: Vec<CompiledExport>,
}

impl PartialEq for Compiled {
    fn eq(&self, other: &Self) -> bool {
        self.entry == other.entry
    }
}

impl Compiled {
    /// What evaluation with this config found, but for what only follows: from config that does not hold to the configSchema, or from a
    /// configSchema that is broken. Both are reported where they stand.
    pub fn own_faults(&self, config: &Map<String, Value>, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
        if found.is_empty() || self.admits(config) { found } else { Vec::new() }
    }

    /// Whether config holds to the configSchema. A key that the schema does not know breaks no expression.
    fn admits(&self, config: &Map<String, Value>) -> bool {
        match &self.schema {
            Some(schema) => schema
                .findings(&Value::Object(config.clone()))
                .iter()
                .all(|it| matches!(it.kind, FindingKind::Unknown { .. })),
            None => self.entry.blueprint.spec.config_schema.is_none(),
        }
    }
}

/// One entry of `depends`.
#[derive(Debug)]
pub struct CompiledDependency {
    /// Its alias.
    pub alias: String,
    /// Its condition.
    pub when: Option<Expression>,
    /// Config handed down.
    pub values: ValueTree,
    /// Its node.
    pub place: Place,
}

/// One thing that a Blueprint provides or requires.
#[derive(Debug)]
pub struct CompiledExport {
    /// What it is.
    pub what: Capability,
    /// Its condition.
    pub when: Option<Expression>,
    /// Its node.
    pub place: Place,
}

use catalyst_plan::Capability;

/// All Blueprints, compiled.
#[derive(Debug, Default, PartialEq)]
pub struct CompiledCatalogue {
    /// The catalogue they come from.
    pub catalogue: Arc<Catalogue>,
    entries: BTreeMap<(BlueprintName, Scope, Version), Arc<Compiled>>,
}

impl CompiledCatalogue {
    /// The Blueprint versions that a viewer may use, lowest first; of equal versions only the one of the widest scope.
    pub fn visible(&self, name: &BlueprintName, viewer: Viewer<'_>) -> Vec<&Arc<Compiled>> {
        let mut found: Vec<&Arc<Compiled>> = Vec::new();
        for entry in self.catalogue.visible(name, viewer) {
            let key = (name.clone(), entry.scope.clone(), entry.blueprint.spec.version.clone());
            if let Some(compiled) = self.entries.get(&key)
                && found
                    .last()
                    .is_none_or(|last| last.entry.blueprint.spec.version != entry.blueprint.spec.version)
            {
                found.push(compiled);
            }
        }
        found
    }

    /// The compiled form of a catalogue entry.
    pub fn get(&self, entry: &CatalogEntry) -> Option<&Arc<Compiled>> {
        self.entries.get(&(
            entry.blueprint.name.clone(),
            entry.scope.clone(),
            entry.blueprint.spec.version.clone(),
        ))
    }
}

/// Compiles every Blueprint of a catalogue and reports what is wrong with it.
pub fn compile_catalogue(catalogue: &Arc<Catalogue>) -> (CompiledCatalogue, Vec<Diagnostic>) {
    let mut out = Vec::new();
    let mut entries = BTreeMap::new();
    for (name, versions) in &catalogue.blueprints {
        for entry in versions {
            let key = (name.clone(), entry.scope.clone(), entry.blueprint.spec.version.clone());
            entries.insert(key, Arc::new(compile(entry, &mut out)));
        }
    }
    (CompiledCatalogue { catalogue: catalogue.clone(), entries }, out)
}

fn compile(entry: &CatalogEntry, out: &mut Vec<Diagnostic>) -> Compiled {
    let spec = &entry.blueprint.spec;
    let place = entry.blueprint.place.child("spec");
    let schema_place = place.child("configSchema");
    crate::placement_schema::check(&entry.blueprint, &place, out);
    let document = spec.config_schema.clone();
    let schema = document.as_ref().and_then(|document| schema(document, &schema_place, out));
    let mut defaults = Map::new();
    if let (Some(document), Some(_)) = (&document, &schema) {
        defaults = defaults_of(document);
        check_defaults(document, &schema_place, out);
    }
    let config = match (&document, &schema) {
        (None, _) => Type::object(Vec::<(String, _)>::new()),
        (Some(document), Some(_)) => Type::from_schema(document),
        // What a broken schema says of config is not known.
        (Some(_), None) => Type::Dyn,
    };
    let depends = spec.depends.as_deref().unwrap_or_default();
    let aliases: Vec<(String, bool)> = depends.iter().map(|it| (it.alias(), it.when.is_some())).collect();
    duplicate_aliases(&aliases, &place.child("depends"), out);
    let names = blueprint_scope(config, &aliases);
    let dependencies = depends.iter().enumerate().map(|(at, dependency)| {
        let place = place.child("depends").item(at);
        CompiledDependency {
            alias: dependency.alias(),
            when: when(dependency.when.as_deref(), &names, &place, out),
            values: ValueTree::compile(&dependency.values, &names, &place.child("values"), out),
            place,
        }
    });
    let dependencies = dependencies.collect();
    let values =
        ValueTree::compile(&spec.manifests.values, &names, &place.child("manifests").child("values"), out);
    let overlays = spec.overlays.iter().map(|(size, overlay)| {
        let place = place.child("overlays").child(size);
        (
            size.clone(),
            (
                overlay.config.clone(),
                ValueTree::compile(&overlay.values, &names, &place.child("values"), out),
            ),
        )
    });
    let overlays = overlays.collect();
    let reads = values.references().into_iter().filter_map(|(at, read)| {
        let (first, rest) = read.split_first()?;
        (first == "config").then(|| (at, rest.iter().fold(KeyPath::root(), |path, key| path.key(key))))
    });
    let reads = Arc::new(reads.collect::<Vec<_>>());
    unmapped(spec.config_schema.as_ref(), &reads, &schema_place, out);
    Compiled {
        schema,
        defaults,
        dependencies,
        values,
        reads,
        overlays,
        provides: exports(&spec.provides, &names, &place.child("provides"), out),
        requires: exports(&spec.requires, &names, &place.child("requires"), out),
        entry: Arc::new(entry.clone()),
    }
}

fn schema(document: &Value, place: &Place, out: &mut Vec<Diagnostic>) -> Option<Schema> {
    if document.get("type").is_some_and(|ty| ty != "object") {
        out.push(
            Diagnostic::new(&rule::INVALID_SCHEMA, place.child("type"), "a configSchema describes a mapping")
                .help("write `type: object`"),
        );
        return None;
    }
    match Schema::compile(document.clone()) {
        Ok(schema) => Some(schema),
        Err(error) => {
            out.push(
                Diagnostic::new(
                    &rule::INVALID_SCHEMA,
                    place.below(&error.path),
                    "the configSchema is no valid JSON Schema",
                )
                .label(error.message),
            );
            None
        }
    }
}

/// Defaults of a schema, gathered from its properties at every depth. Only what has a default appears.
fn defaults_of(schema: &Value) -> Map<String, Value> {
    let mut out = Map::new();
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let mut value = property.get("default").cloned();
        if property.get("properties").is_some() {
            let below = defaults_of(property);
            match &mut value {
                // A default of the whole object counts, and the defaults of its parts fill what it leaves open.
                Some(Value::Object(map)) => {
                    for (key, default) in below {
                        map.entry(key).or_insert(default);
                    }
                }
                None if !below.is_empty() => value = Some(Value::Object(below)),
                _ => {}
            }
        }
        if let Some(value) = value {
            out.insert(name.clone(), value);
        }
    }
    out
}

/// Each default against its own property.
fn check_defaults(schema: &Value, place: &Place, out: &mut Vec<Diagnostic>) {
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let at = place.child("properties").child(name);
        if let Some(default) = property.get("default")
            && let Ok(compiled) = Schema::compile(property.clone())
            && let Some(finding) = compiled
                .findings(default)
                .into_iter()
                .find(|it| !matches!(it.kind, FindingKind::Missing { .. }))
        {
            out.push(
                Diagnostic::new(
                    &rule::INVALID_DEFAULT,
                    at.child("default").below(&finding.path),
                    format!("the default of `{name}` breaks its own schema"),
                )
                .label(crate::config::reason(&finding.kind))
                .other(at.below(&finding.schema_path), "the rule it breaks"),
            );
        }
        check_defaults(property, &at, out);
    }
}

fn duplicate_aliases(aliases: &[(String, bool)], place: &Place, out: &mut Vec<Diagnostic>) {
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, (alias, _)) in aliases.iter().enumerate() {
        match first.get(alias.as_str()) {
            Some(before) => out.push(
                Diagnostic::new(
                    &rule::DUPLICATE_ALIAS,
                    place.item(at),
                    format!("two dependencies have the alias `{alias}`"),
                )
                .other(place.item(*before), "the first one")
                .help("give one of them another `alias`"),
            ),
            None => {
                first.insert(alias, at);
            }
        }
    }
}

fn when(text: Option<&str>, names: &Names, place: &Place, out: &mut Vec<Diagnostic>) -> Option<Expression> {
    let text = text?.trim();
    if text.contains("{{") && !(text.starts_with("{{") && text.ends_with("}}")) {
        let message = "a condition is one expression with nothing around it";
        out.push(
            Diagnostic::new(&rule::INVALID_EXPRESSION, place.child("when"), message)
                .help("remove what stands outside of `{{ }}`"),
        );
        return None;
    }
    match condition(text, names) {
        Ok(expression) => Some(expression),
        Err(problems) => {
            out.extend(problems.iter().map(|problem| diagnostic(problem, &place.child("when"))));
            None
        }
    }
}

/// Config properties that no expression reads: they would change nothing.
fn unmapped(schema: Option<&Value>, reads: &[(KeyPath, KeyPath)], place: &Place, out: &mut Vec<Diagnostic>) {
    let read: BTreeSet<&str> = reads
        .iter()
        .filter_map(|(_, path)| match path.steps().first() {
            Some(Step::Key(name)) => Some(name.as_ref()),
            _ => None,
        })
        .collect();
    for name in schema
        .and_then(|it| it.get("properties"))
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, _)| name)
    {
        if !read.contains(name.as_str()) {
            out.push(
                Diagnostic::new(
                    &rule::UNMAPPED_CONFIG,
                    place.child("properties").child(name).on_key(),
                    format!("config `{name}` reaches no chart value"),
                )
                .help(format!("use `config.{name}` under `manifests.values`, or drop the property")),
            );
        }
    }
}

fn exports(
    interface: &Interface,
    names: &Names,
    place: &Place,
    out: &mut Vec<Diagnostic>,
) -> Vec<CompiledExport> {
    let mut found = Vec::new();
    for (at, Api { group, version, kinds, when: condition }) in interface.apis.iter().enumerate() {
        let place = place.child("apis").item(at);
        for kind in kinds {
            let what = Capability::Api { group: group.clone(), version: version.clone(), kind: kind.clone() };
            found.push(CompiledExport {
                what,
                when: when(condition.as_deref(), names, &place, out),
                place: place.clone(),
            });
        }
    }
    for (field, kind, exports) in interface.named() {
        for (at, export) in exports.iter().enumerate() {
            let place = place.child(field).item(at);
            let what =
                Capability::Named { kind, name: export.name.clone(), namespace: export.namespace.clone() };
            found.push(CompiledExport {
                what,
                when: when(export.when.as_deref(), names, &place, out),
                place,
            });
        }
    }
    found
}

/// The kit with its expressions compiled.
#[derive(Debug)]
pub struct CompiledKit {
    /// The kit.
    pub kit: Sourced<Kit>,
    /// Config and chart values of each slot, in the order of the slots.
    pub slots: Vec<(ValueTree, ValueTree)>,
}

impl PartialEq for CompiledKit {
    fn eq(&self, other: &Self) -> bool {
        self.kit == other.kit
    }
}

impl CompiledKit {
    /// The node of a slot.
    pub fn place(&self, slot: usize) -> Place {
        self.kit.place.below(&KeyPath::root().key("spec").key("slots").index(slot))
    }
}

/// Compiles the expressions of the kit and reports what is wrong with them.
pub fn compile_kit(kit: &Sourced<Kit>) -> (CompiledKit, Vec<Diagnostic>) {
    let (mut out, names) = (Vec::new(), kit_scope());
    let slots = kit.spec.slots.iter().enumerate().map(|(at, slot)| {
        let place = kit.place.child("spec").child("slots").item(at);
        (
            ValueTree::compile(&slot.config, &names, &place.child("config"), &mut out),
            ValueTree::compile(&slot.values, &names, &place.child("values"), &mut out),
        )
    });
    let slots = slots.collect();
    (CompiledKit { kit: kit.clone(), slots }, out)
}
