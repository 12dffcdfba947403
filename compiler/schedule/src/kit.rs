//! The kit in every cluster: which slots run where, and what an edge across clusters becomes.
//!
//! A slot of layer `host` runs in every host cluster, one of layer `mgt` in the management cluster. When a release needs something of a
//! management slot inside its own cluster, that slot is widened to the cluster. Any other edge to a slot that is not in the cluster becomes
//! a prerequisite: the management cluster comes up first.

use crate::{Input, capabilities, values};
use catalyst_diag::Diagnostic;
use catalyst_model::{BlueprintName, ClusterName, Namespace};
use catalyst_plan::*;
use catalyst_resolve::kit_variables;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What crosses clusters.
#[derive(Default)]
pub(crate) struct Crossing {
    pub prerequisites: Vec<Prerequisite>,
    pub widenings: Vec<Widening>,
}

/// A slot with its values, the same in all clusters.
struct Ready<'a> {
    node: &'a KitNode,
    namespace: Namespace,
    values: Arc<Layered>,
    config: Arc<Layered>,
    interface: Arc<ReleaseInterface>,
}

pub(crate) fn schedule(
    input: Input<'_>,
    management: &ClusterName,
    clusters: &mut BTreeMap<ClusterName, ClusterPlan>,
    out: &mut Vec<Diagnostic>,
) -> Crossing {
    let kit = &input.resolution.kit;
    let ready: BTreeMap<&BlueprintName, Ready<'_>> =
        kit.nodes.iter().filter_map(|(name, node)| Some((name, ready(input, name, node, out)?))).collect();
    let mut crossing = Crossing::default();
    for (cluster_name, cluster) in clusters {
        let mut here: BTreeSet<&BlueprintName> = ready
            .iter()
            .filter(|(_, it)| cluster.management || it.node.slot.layer == catalyst_model::Layer::Host)
            .map(|(name, _)| *name)
            .collect();
        widen(&ready, cluster_name, &mut here, &mut crossing.widenings);
        for name in &here {
            let it = &ready[*name];
            let mut depends_on = Vec::new();
            for edge in it.node.edges.iter().filter(|edge| edge.active) {
                if here.contains(&edge.to) {
                    depends_on.push(edge.clone());
                } else if ready.contains_key(&edge.to) {
                    crossing.prerequisites.push(Prerequisite {
                        cluster: cluster_name.clone(),
                        release: (*name).clone(),
                        needs_cluster: management.clone(),
                        needs: edge.to.clone(),
                        place: edge.place.clone(),
                    });
                }
            }
            depends_on.sort_by_key(|edge| (ready[&edge.to].node.slot.id, edge.to.clone()));
            cluster.releases.insert(
                (*name).clone(),
                Release {
                    slot: it.node.slot.clone(),
                    place: it.node.place.clone(),
                    entry: it.node.entry.clone(),
                    version: it.node.version.clone(),
                    version_place: it.node.version_place.clone(),
                    namespace: it.namespace.clone(),
                    depends_on,
                    config: it.config.clone(),
                    values: it.values.clone(),
                    interface: it.interface.clone(),
                },
            );
        }
    }
    crossing
}

fn ready<'a>(
    input: Input<'_>,
    name: &BlueprintName,
    node: &'a KitNode,
    out: &mut Vec<Diagnostic>,
) -> Option<Ready<'a>> {
    let compiled = input.catalogue.get(&node.entry)?;
    let kit = input.kit?;
    let namespace = namespace_of(name, node)?;
    let mut variables = kit_variables(input.facts, name.short(), namespace.as_str());
    variables.insert("config".into(), Value::Object(node.config.merged.clone()));
    variables.insert("dependencies".into(), dependencies(input, node));
    let config = Arc::new(node.config.clone());
    let mut found = Vec::new();
    let mut layers = values::base(compiled, node.size.as_deref(), &variables, &config, &mut found);
    values::air_gap(&mut layers, input);
    let at = kit.kit.spec.slots.iter().position(|slot| slot.id == node.slot.id && slot.blueprint == *name)?;
    let place = node.place.child("values");
    let tree = kit.slots[at].1.evaluate(&variables, &place, &mut found);
    values::push(&mut layers, LayerKind::Slot, place, &tree);
    let sovereign = &input.sovereign.sovereign;
    if let Some(changes) = sovereign.spec.kit.blueprints.get(name) {
        let place = sovereign
            .place
            .child("spec")
            .child("kit")
            .child("blueprints")
            .child(name.as_str())
            .child("values");
        values::push(&mut layers, LayerKind::SovereignOverride, place, &changes.values);
    }
    let interface = Arc::new(capabilities::interface(compiled, &variables, namespace.as_str(), &mut found));
    out.extend(compiled.own_faults(&node.config.merged, found));
    Some(Ready { node, namespace, values: Arc::new(layers), config, interface })
}

fn namespace_of(name: &BlueprintName, node: &KitNode) -> Option<Namespace> {
    node.slot.namespace.clone().or_else(|| Namespace::new(name.short()).ok())
}

/// What a release may know of those it depends on.
fn dependencies(input: Input<'_>, node: &KitNode) -> Value {
    let depends = node.entry.blueprint.spec.depends.iter().flatten();
    depends
        .filter_map(|dependency| {
            let active = node.edges.iter().any(|edge| edge.active && edge.to == dependency.blueprint);
            let target = input.resolution.kit.nodes.get(&dependency.blueprint).filter(|_| active)?;
            let short = dependency.blueprint.short();
            Some((
                dependency.alias(),
                json!({
                    "name": short,
                    "namespace": namespace_of(&dependency.blueprint, target)?,
                    "connectionSecret": format!("{short}-connection"),
                    "blueprint": dependency.blueprint,
                    "version": target.version,
                }),
            ))
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Adds to a cluster every slot that something there uses inside the cluster, until nothing is missing that could be added.
fn widen<'a>(
    ready: &BTreeMap<&'a BlueprintName, Ready<'a>>,
    cluster: &ClusterName,
    here: &mut BTreeSet<&'a BlueprintName>,
    widenings: &mut Vec<Widening>,
) {
    loop {
        let mut found: Option<(&'a BlueprintName, Widening)> = None;
        'search: for name in here.iter() {
            let it = &ready[*name];
            for ancestor in ancestors(ready, name).into_iter().filter(|ancestor| !here.contains(ancestor)) {
                let provides = &ready[ancestor].interface.provides;
                let used = it.interface.requires.iter().find(|(wanted, _)| {
                    provides.iter().any(|(given, _)| given == wanted) && !given_here(ready, here, wanted)
                });
                if let Some((what, place)) = used {
                    let widening = Widening {
                        cluster: cluster.clone(),
                        release: ancestor.clone(),
                        because: (*name).clone(),
                        uses: what.to_string(),
                        place: place.clone(),
                    };
                    found = Some((ancestor, widening));
                    break 'search;
                }
            }
        }
        let Some((name, widening)) = found else { return };
        here.insert(name);
        widenings.push(widening);
    }
}

fn given_here(
    ready: &BTreeMap<&BlueprintName, Ready<'_>>,
    here: &BTreeSet<&BlueprintName>,
    wanted: &Capability,
) -> bool {
    here.iter().any(|name| ready[*name].interface.provides.iter().any(|(given, _)| given == wanted))
}

/// Everything a release comes after, in any cluster, by name.
fn ancestors<'a>(
    ready: &BTreeMap<&'a BlueprintName, Ready<'a>>,
    name: &BlueprintName,
) -> BTreeSet<&'a BlueprintName> {
    let mut found = BTreeSet::new();
    let mut open = vec![name];
    while let Some(at) = open.pop() {
        for edge in ready.get(at).into_iter().flat_map(|it| &it.node.edges).filter(|edge| edge.active) {
            if let Some((key, _)) = ready.get_key_value(&edge.to)
                && found.insert(*key)
            {
                open.push(&edge.to);
            }
        }
    }
    found
}
