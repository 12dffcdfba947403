//! From the Applications of intent to all Applications of an Environment: each dependency gets the Application, or the slot of the kit,
//! that meets it.
//!
//! A dependency is met, in this order, by: the Application that intent names for its alias; the kit, when the Blueprint runs in host
//! clusters only; for the parts of a composite and for what serves APIs to the whole cluster, the one Application of that Blueprint, so
//! that nothing is installed twice; else an Application of its own, `{application}-{alias}`.

mod meet;

use crate::environment::{Active, Scene};
use crate::{Compiled, config, cycles, values};
use catalyst_diag::{Diagnostic, EditAction, Place, rule, suggest};
use catalyst_model::{AppName, Application, BlueprintName, DependencyChoice, Version};
use catalyst_plan::{
    EnvironmentGraph, Install, InstallEdge, InstallOrigin, InstallTarget, Layer, LayerKind, Sourced,
};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Deepest chain of dependencies. A longer one goes in circles, which is reported where the Blueprints are checked.
const DEPTH: usize = 32;

pub(crate) struct Outcome {
    pub graph: EnvironmentGraph,
    /// Conditional dependencies that hold.
    pub active: Active,
    pub diagnostics: Vec<Diagnostic>,
}

pub(crate) struct Flatten<'a> {
    scene: Scene<'a>,
    chosen: &'a BTreeMap<BlueprintName, Version>,
    installs: BTreeMap<AppName, Draft<'a>>,
    open: VecDeque<AppName>,
    active: Active,
    out: Vec<Diagnostic>,
}

/// An Application being put together.
struct Draft<'a> {
    compiled: &'a Arc<Compiled>,
    origin: InstallOrigin,
    size: Option<(String, Option<Place>)>,
    /// Config from dependents, by dependent and alias.
    handed_down: BTreeMap<(AppName, String), Arc<Layer>>,
    depth: usize,
    edges: Vec<InstallEdge>,
}

impl<'a> Flatten<'a> {
    pub(crate) fn new(
        scene: Scene<'a>,
        applications: &[&'a Sourced<Application>],
        chosen: &'a BTreeMap<BlueprintName, Version>,
    ) -> Self {
        let mut flatten = Flatten {
            scene,
            chosen,
            installs: BTreeMap::new(),
            open: VecDeque::new(),
            active: Active::new(),
            out: Vec::new(),
        };
        for application in applications {
            let Some(compiled) = flatten.version_of(&application.spec.blueprint) else { continue };
            let env = &application.spec.environments[&scene.name.env];
            let size = match (&env.size, &application.spec.size, scene.size) {
                (Some(size), ..) => Some((size.clone(), Some(scene.section(application).child("size")))),
                (None, Some(size), _) => {
                    Some((size.clone(), Some(application.place.child("spec").child("size"))))
                }
                (None, None, size) => size.map(|size| (size.to_owned(), None)),
            };
            let origin = InstallOrigin::Intent((*application).clone());
            let draft =
                Draft { compiled, origin, size, handed_down: BTreeMap::new(), depth: 0, edges: Vec::new() };
            flatten.installs.insert(application.name.clone(), draft);
            flatten.open.push_back(application.name.clone());
        }
        flatten
    }

    fn version_of(&self, name: &BlueprintName) -> Option<&'a Arc<Compiled>> {
        let version = self.chosen.get(name)?;
        self.scene.visible(name).into_iter().find(|it| it.entry.blueprint.spec.version == *version)
    }

    pub(crate) fn run(mut self) -> Outcome {
        // A dependency that gets config from a further dependent comes up again, so the last look at it sees everything.
        while let Some(name) = self.open.pop_front() {
            self.meet_dependencies(&name);
        }
        let mut graph = EnvironmentGraph::default();
        let drafts = std::mem::take(&mut self.installs);
        for (name, draft) in drafts {
            let (config, size) = self.config(&draft);
            config::check(draft.compiled, &config, &owner(&draft), &mut self.out);
            graph.installs.insert(
                name.clone(),
                Install {
                    name,
                    version: draft.compiled.entry.blueprint.spec.version.clone(),
                    entry: draft.compiled.entry.clone(),
                    origin: draft.origin,
                    config,
                    size,
                    edges: draft.edges,
                },
            );
        }
        self.report_cycles(&graph);
        self.out.sort_by(Diagnostic::order);
        Outcome { graph, active: self.active, diagnostics: self.out }
    }

    /// All layers of config of an Application.
    fn config(&mut self, draft: &Draft<'a>) -> (catalyst_plan::Layered, Option<String>) {
        let size = draft.size.as_ref().map(|(size, asked)| (size.as_str(), asked.as_ref()));
        let (mut layers, size) = config::base(draft.compiled, size, &mut self.out);
        for layer in draft.handed_down.values() {
            layers.push(layer.as_ref().clone());
        }
        if let InstallOrigin::Intent(application) = &draft.origin {
            let env = &application.spec.environments[&self.scene.name.env];
            let place = application.place.child("spec").child("config");
            config::layer(&mut layers, LayerKind::Application, place, &application.spec.config);
            let place = self.scene.section(application).child("config");
            config::layer(&mut layers, LayerKind::ApplicationEnvironment, place, &env.config);
        }
        (layers, size)
    }

    fn meet_dependencies(&mut self, name: &AppName) {
        let Some(draft) = self.installs.remove(name) else { return };
        let mut scratch = std::mem::take(&mut self.out);
        let (layers, _) = self.config(&draft);
        // What is wrong with sizes and config is said once, at the end.
        self.out = std::mem::take(&mut scratch);
        let mut variables = self.scene.variables(name.as_str());
        variables.insert("config".into(), Value::Object(layers.merged));
        variables.insert("dependencies".into(), json!({}));
        let choices = self.choices(&draft);
        let compiled = draft.compiled;
        let mut edges = Vec::new();
        self.installs.insert(name.clone(), draft);
        for (at, (dependency, ready)) in
            compiled.entry.blueprint.spec.depends.iter().flatten().zip(&compiled.dependencies).enumerate()
        {
            match ready.when.as_ref().map(|when| when.evaluate(&variables)) {
                Some(Ok(Value::Bool(true))) => {
                    let blueprint = &compiled.entry.blueprint;
                    self.active.insert((blueprint.name.clone(), blueprint.spec.version.clone(), at));
                }
                Some(Ok(_)) => continue,
                Some(Err(problem)) => {
                    let found = vec![values::diagnostic(&problem, &ready.place.child("when"))];
                    self.out.extend(own_faults(compiled, &variables, found));
                    continue;
                }
                // A condition that does not compile has been reported with the Blueprint.
                None if dependency.when.is_some() => continue,
                None => {}
            }
            // The second one of an alias has been reported with the Blueprint.
            if compiled.dependencies[..at].iter().any(|it| it.alias == ready.alias) {
                continue;
            }
            let choice = choices.get(&ready.alias);
            if let Some(target) = self.meet(name, dependency, &ready.alias, &ready.place, choice) {
                if let InstallTarget::Application(to) = &target
                    && choice.is_none()
                {
                    let place = ready.place.child("values");
                    let mut found = Vec::new();
                    let handed = ready.values.evaluate(&variables, &place, &mut found);
                    self.out.extend(own_faults(compiled, &variables, found));
                    self.hand_down(to, name, &ready.alias, place, handed);
                }
                edges.push(InstallEdge { alias: ready.alias.clone(), target, place: ready.place.clone() });
            }
        }
        if let Some(draft) = self.installs.get_mut(name) {
            draft.edges = edges;
        }
    }

    /// How intent says dependencies are met: the Environment's section over the Application's.
    fn choices(&mut self, draft: &Draft<'a>) -> BTreeMap<String, (DependencyChoice, Place)> {
        let InstallOrigin::Intent(application) = &draft.origin else { return BTreeMap::new() };
        let section = self.scene.section(application);
        let here = &application.spec.environments[&self.scene.name.env].dependencies;
        let mut choices = BTreeMap::new();
        for (map, place) in [
            (&application.spec.dependencies, application.place.child("spec").child("dependencies")),
            (here, section.child("dependencies")),
        ] {
            for (alias, choice) in map {
                let place = place.child(alias);
                if draft.compiled.dependencies.iter().any(|it| it.alias == *alias) {
                    choices.insert(alias.clone(), (choice.clone(), place.child("ref")));
                } else {
                    self.out.push(unknown_alias(draft.compiled, alias, &place.on_key()));
                }
            }
        }
        choices
    }

    /// Gives a dependency its config, and has another look at it when that is news.
    fn hand_down(
        &mut self,
        to: &AppName,
        from: &AppName,
        alias: &str,
        place: Place,
        values: Map<String, Value>,
    ) {
        let Some(draft) = self.installs.get_mut(to) else { return };
        if values.is_empty() || matches!(draft.origin, InstallOrigin::Intent(_)) {
            return;
        }
        let layer = Arc::new(Layer::new(LayerKind::Dependent, place, values));
        let key = (from.clone(), alias.to_owned());
        if draft.handed_down.get(&key) != Some(&layer) {
            draft.handed_down.insert(key, layer);
            if !self.open.contains(to) {
                self.open.push_back(to.clone());
            }
        }
    }

    fn report_cycles(&mut self, graph: &EnvironmentGraph) {
        let edges = graph.installs.iter().flat_map(|(from, install)| {
            install.edges.iter().filter_map(move |edge| match &edge.target {
                InstallTarget::Application(to) => Some((from.as_str(), to.as_str())),
                InstallTarget::Platform(_) => None,
            })
        });
        for cycle in cycles::cycles(edges) {
            let way = cycle
                .iter()
                .chain(cycle.first())
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(" needs ");
            let steps = cycle.iter().enumerate().filter_map(|(at, from)| {
                let to = cycle[(at + 1) % cycle.len()];
                let install = graph.installs.iter().find(|(name, _)| name.as_str() == *from)?.1;
                let target = |edge: &&InstallEdge| matches!(&edge.target, InstallTarget::Application(it) if it.as_str() == to);
                Some((*from, to, install.edges.iter().find(target)?, install))
            });
            let steps: Vec<_> = steps.collect();
            let Some((from, to, edge, install)) = steps.first() else { continue };
            let place = self.choice_place(install, &edge.alias).unwrap_or_else(|| edge.place.clone());
            let mut found = Diagnostic::new(
                &rule::DEPENDENCY_CYCLE,
                place,
                format!("Applications wait for each other: {way}"),
            )
            .label(format!("`{from}` needs `{to}`"));
            for (from, to, edge, install) in &steps[1..] {
                let place = self.choice_place(install, &edge.alias).unwrap_or_else(|| edge.place.clone());
                found = found.other(place, format!("`{from}` needs `{to}`"));
            }
            self.out.push(found.help("point one of them at another Application, or take the dependency out"));
        }
    }

    /// The `ref` of an alias, when intent has one.
    fn choice_place(&self, install: &Install, alias: &str) -> Option<Place> {
        let application = install.intent()?;
        if application.spec.environments[&self.scene.name.env].dependencies.contains_key(alias) {
            return Some(self.scene.section(application).child("dependencies").child(alias).child("ref"));
        }
        let known = application.spec.dependencies.contains_key(alias);
        known.then(|| application.place.child("spec").child("dependencies").child(alias).child("ref"))
    }
}

/// Whether a Blueprint is made of others.
fn is_composite(compiled: &Compiled) -> bool {
    compiled.entry.blueprint.spec.card.category.as_deref() == Some("composite")
}

/// Where to point when something is wrong with an Application as such.
fn owner(draft: &Draft<'_>) -> Place {
    match &draft.origin {
        InstallOrigin::Intent(application) => application.place.child("spec").child("blueprint"),
        InstallOrigin::Dependency { place, .. } => place.clone(),
    }
}

fn unknown_alias(compiled: &Compiled, alias: &str, place: &Place) -> Diagnostic {
    let blueprint = &compiled.entry.blueprint;
    let known: Vec<&str> = compiled.dependencies.iter().map(|it| it.alias.as_str()).collect();
    let found = Diagnostic::new(
        &rule::UNKNOWN_ALIAS,
        place.clone(),
        format!("`{}` has no dependency `{alias}`", blueprint.name),
    );
    match suggest::nearest(alias, known.iter().copied()) {
        Some(near) => found.label(format!("did you mean `{near}`?")).fix(
            format!("rename `{alias}` to `{near}`"),
            place.clone(),
            EditAction::RenameKey(near.to_owned()),
        ),
        None if known.is_empty() => found.help("the Blueprint depends on nothing"),
        None => found.help(format!("its dependencies are {}", known.join(", "))),
    }
}

/// What the Blueprint itself does wrong, given the config among the variables.
fn own_faults(
    compiled: &Compiled,
    variables: &BTreeMap<String, Value>,
    found: Vec<Diagnostic>,
) -> Vec<Diagnostic> {
    match variables.get("config") {
        Some(Value::Object(config)) => compiled.own_faults(config, found),
        _ => found,
    }
}

/// `primaryDb` as `primary-db`.
fn kebab(alias: &str) -> String {
    let mut out = String::new();
    for c in alias.chars() {
        if c.is_ascii_uppercase() {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
