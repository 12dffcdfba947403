//! Graphs of a project, for the printers.

use crate::Project;
use catalyst_db::SovereignId;
use catalyst_model::{BlueprintName, EnvironmentName, SovereignName, Version};
use catalyst_plan::graph::{Edge, Graph, Node};
use catalyst_plan::{EdgeKind, EnvironmentGraph, InstallTarget, KitGraph, Resolution};
use std::collections::BTreeMap;

/// Which graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GraphOf {
    /// The kit as it is shared, with every conditional edge.
    Kit,
    /// The kit of one Sovereign.
    SovereignKit(SovereignName),
    /// The Applications of one Environment.
    Environment(SovereignName, EnvironmentName),
    /// All Blueprints of the public catalogue.
    Catalogue,
}

/// The graph that was asked for; `None` when there is no such Sovereign or Environment.
pub fn graph(project: &Project, of: &GraphOf) -> Option<Graph> {
    match of {
        GraphOf::Kit => {
            let resolution = crate::template::resolve_template(project)?;
            Some(kit_graph("The bootstrap kit", &resolution.kit))
        }
        GraphOf::SovereignKit(name) => {
            let resolution = resolution(project, name)?;
            Some(kit_graph(&format!("The kit of {name}"), &resolution.kit))
        }
        GraphOf::Environment(sovereign, environment) => {
            let graph = resolution(project, sovereign)?.environments.get(environment)?;
            Some(environment_graph(environment, graph))
        }
        GraphOf::Catalogue => Some(catalogue_graph(project)),
    }
}

fn resolution<'p>(project: &'p Project, name: &SovereignName) -> Option<&'p Resolution> {
    let (db, files) = project.database();
    catalyst_db::sovereigns(db, files).contains(name).then(|| {
        let id = SovereignId::new(db, name.clone());
        &catalyst_db::resolved(db, files, id).0
    })
}

fn kit_graph(title: &str, kit: &KitGraph) -> Graph {
    let nodes = kit.nodes.iter().map(|(name, node)| Node {
        name: name.to_string(),
        slot: Some(node.slot.id.to_string()),
        tier: Some(node.slot.tier.clone()),
        layer: Some(node.slot.layer.to_string()),
        namespace: Some(node.slot.namespace().to_owned()),
        blueprint: name.to_string(),
        version: node.version.to_string(),
    });
    let edges = kit.nodes.iter().flat_map(|(name, node)| {
        node.edges.iter().map(|edge| Edge {
            from: name.to_string(),
            to: edge.to.to_string(),
            when: condition(node.entry.blueprint.spec.depends.as_deref(), &edge.to),
            reason: match &edge.kind {
                EdgeKind::Order(reason) => Some(reason.clone()),
                EdgeKind::Depends => None,
            },
            active: edge.active,
        })
    });
    sorted(title, nodes.collect(), edges.collect())
}

fn condition(depends: Option<&[catalyst_model::Dependency]>, to: &BlueprintName) -> Option<String> {
    depends?.iter().find(|it| it.blueprint == *to)?.when.clone()
}

fn environment_graph(name: &EnvironmentName, graph: &EnvironmentGraph) -> Graph {
    let nodes = graph.installs.iter().map(|(name, install)| Node {
        name: name.to_string(),
        slot: None,
        tier: None,
        layer: None,
        namespace: Some(name.to_string()),
        blueprint: install.entry.blueprint.name.to_string(),
        version: install.version.to_string(),
    });
    let edges = graph.installs.iter().flat_map(|(name, install)| {
        install.edges.iter().filter_map(|edge| match &edge.target {
            InstallTarget::Application(to) => {
                let reason = Some(format!("dependency `{}`", edge.alias));
                Some(Edge { from: name.to_string(), to: to.to_string(), when: None, reason, active: true })
            }
            InstallTarget::Platform(_) => None,
        })
    });
    sorted(&format!("Applications of {name}"), nodes.collect(), edges.collect())
}

fn catalogue_graph(project: &Project) -> Graph {
    let (db, files) = project.database();
    let mut latest: BTreeMap<&BlueprintName, (&Version, &catalyst_plan::CatalogEntry)> = BTreeMap::new();
    for (name, entries) in &catalyst_db::catalogue(db, files).blueprints {
        for entry in entries.iter().filter(|it| it.scope == catalyst_plan::Scope::Public) {
            let version = &entry.blueprint.spec.version;
            if latest.get(name).is_none_or(|(known, _)| *known < version) {
                latest.insert(name, (version, entry));
            }
        }
    }
    let nodes = latest.iter().map(|(name, (version, entry))| Node {
        name: name.to_string(),
        slot: None,
        tier: entry.blueprint.spec.card.category.clone(),
        layer: None,
        namespace: None,
        blueprint: name.to_string(),
        version: version.to_string(),
    });
    let edges = latest.iter().flat_map(|(name, (_, entry))| {
        entry.blueprint.spec.depends.iter().flatten().map(|it| Edge {
            from: name.to_string(),
            to: it.blueprint.to_string(),
            when: it.when.clone(),
            reason: None,
            active: it.when.is_none(),
        })
    });
    sorted("The public catalogue", nodes.collect(), edges.collect())
}

fn sorted(title: &str, mut nodes: Vec<Node>, mut edges: Vec<Edge>) -> Graph {
    nodes.sort_by(|a, b| (&a.slot, &a.name).cmp(&(&b.slot, &b.name)));
    edges.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
    Graph { title: title.to_owned(), nodes, edges }
}
