//! The kit of one Sovereign: its slots with versions, config and edges.

use crate::scope::kit_variables;
use crate::{Compiled, CompiledKit, Input, config, cycles};
use catalyst_diag::{Diagnostic, EditAction, Place, rule, suggest};
use catalyst_model::{BlueprintName, Constraint, InstallScope, KitOverride, Slot, SlotId};
use catalyst_plan::{EdgeKind, KitEdge, KitGraph, KitNode, LayerKind, Viewer};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(crate) fn resolve_kit(input: Input<'_>, out: &mut Vec<Diagnostic>) -> KitGraph {
    let Some(kit) = input.kit else { return KitGraph::default() };
    overrides_exist(input, kit, out);
    let mut graph = KitGraph::default();
    let wanted = phase(input, kit, out);
    for (at, slot) in kit.kit.spec.slots.iter().enumerate() {
        let changes = input.sovereign.sovereign.spec.kit.blueprints.get(&slot.blueprint);
        if !slot.is_installed(changes) || graph.nodes.contains_key(&slot.blueprint) {
            continue;
        }
        if let Some(node) = node(input, kit, at, slot, changes, out) {
            graph.nodes.insert(slot.blueprint.clone(), node);
        }
    }
    edges(input, kit, &mut graph, out);
    report_cycles(&graph, out);
    if let Some(mut wanted) = wanted {
        // What is opt-in and here was asked for, whatever the phase.
        wanted.extend(graph.nodes.values().filter(|it| it.slot.opt_in).map(|it| it.slot.id));
        keep_closure(&mut graph, &wanted);
    }
    graph
}

/// Overrides name Blueprints of the kit.
fn overrides_exist(input: Input<'_>, kit: &CompiledKit, out: &mut Vec<Diagnostic>) {
    let sovereign = &input.sovereign.sovereign;
    let names: BTreeSet<&str> = kit.kit.spec.slots.iter().map(|slot| slot.blueprint.as_str()).collect();
    for name in sovereign.spec.kit.blueprints.keys().filter(|name| !names.contains(name.as_str())) {
        let place =
            sovereign.place.child("spec").child("kit").child("blueprints").child(name.as_str()).on_key();
        let found = Diagnostic::new(
            &rule::UNDEFINED_SLOT,
            place.clone(),
            format!("no slot of the kit installs `{name}`"),
        );
        out.push(match suggest::nearest(name.as_str(), names.iter().copied()) {
            Some(near) => found.label(format!("did you mean `{near}`?")).fix(
                format!("rename `{name}` to `{near}`"),
                place,
                EditAction::RenameKey(near.to_owned()),
            ),
            None => found,
        });
    }
}

/// The slots of the phase that the Sovereign asks for; `None` means all.
fn phase(input: Input<'_>, kit: &CompiledKit, out: &mut Vec<Diagnostic>) -> Option<BTreeSet<SlotId>> {
    let sovereign = &input.sovereign.sovereign;
    let name = sovereign.spec.kit.phase.as_ref()?;
    match kit.kit.spec.phases.get(name) {
        Some(phase) => Some(phase.slots.iter().copied().collect()),
        None => {
            let place = sovereign.place.child("spec").child("kit").child("phase");
            let known = kit.kit.spec.phases.keys().map(String::as_str);
            let found =
                Diagnostic::new(&rule::UNDEFINED_SLOT, place, format!("the kit has no phase `{name}`"));
            out.push(match suggest::nearest(name, known.clone()) {
                Some(near) => found.label(format!("did you mean `{near}`?")),
                None => found.help(format!("phases are {}", known.collect::<Vec<_>>().join(", "))),
            });
            None
        }
    }
}

fn node(
    input: Input<'_>,
    kit: &CompiledKit,
    at: usize,
    slot: &Slot,
    changes: Option<&KitOverride>,
    out: &mut Vec<Diagnostic>,
) -> Option<KitNode> {
    let place = kit.place(at);
    let sovereign = &input.sovereign.sovereign;
    let override_place =
        sovereign.place.child("spec").child("kit").child("blueprints").child(slot.blueprint.as_str());
    let (constraint, version_place) = match changes.and_then(|it| it.version.as_ref()) {
        Some(version) => (version, override_place.child("version")),
        None => (&slot.version, place.child("version")),
    };
    let compiled = pinned(input, slot, constraint, &place, &version_place, out)?;
    let (size, asked) = match changes.and_then(|it| it.size.as_deref()) {
        Some(size) => (Some(size), override_place.child("size")),
        None => (slot.size.as_deref(), place.child("size")),
    };
    let (mut layers, size) = config::base(&compiled, size.map(|size| (size, Some(&asked))), out);
    let namespace = slot.namespace();
    let variables = kit_variables(input.facts, slot.blueprint.short(), namespace);
    let config_place = place.child("config");
    let values = kit.slots[at].0.evaluate(&variables, &config_place, out);
    config::layer(&mut layers, LayerKind::Slot, config_place, &values);
    if let Some(changes) = changes {
        config::layer(
            &mut layers,
            LayerKind::SovereignOverride,
            override_place.child("config"),
            &changes.config,
        );
    }
    config::check(&compiled, &layers, &place.child("blueprint"), out);
    Some(KitNode {
        slot: Arc::new(slot.clone()),
        place,
        version: compiled.entry.blueprint.spec.version.clone(),
        entry: compiled.entry.clone(),
        version_place,
        config: layers,
        size,
        edges: Vec::new(),
    })
}

/// The Blueprint version that a slot pins.
fn pinned(
    input: Input<'_>,
    slot: &Slot,
    constraint: &Constraint,
    place: &Place,
    version_place: &Place,
    out: &mut Vec<Diagnostic>,
) -> Option<Arc<Compiled>> {
    let viewer = Viewer { sovereign: &input.sovereign.sovereign.name, organization: None };
    let visible = input.catalogue.visible(&slot.blueprint, viewer);
    if visible.is_empty() {
        if !input.is_broken("Blueprint", slot.blueprint.as_str()) {
            let known = input.catalogue.catalogue.blueprints.keys().map(BlueprintName::as_str);
            let found = Diagnostic::new(
                &rule::UNDEFINED_BLUEPRINT,
                place.child("blueprint"),
                format!("no Blueprint is named `{}`", slot.blueprint),
            );
            out.push(match suggest::nearest(slot.blueprint.as_str(), known) {
                Some(near) => found.label(format!("did you mean `{near}`?")),
                None => found.help("add it below `platform/` or `products/`"),
            });
        }
        return None;
    }
    if !constraint.is_exact() {
        out.push(
            Diagnostic::new(
                &rule::UNPINNED_VERSION,
                version_place.clone(),
                format!("slot {} does not pin a version", slot.id),
            )
            .label(format!("`{constraint}` admits more than one"))
            .help("the kit names exact versions, so that every Sovereign installs the same"),
        );
    }
    let fitting = visible.iter().rev().find(|it| constraint.matches(&it.entry.blueprint.spec.version));
    if let Some(fitting) = fitting {
        let blueprint = &fitting.entry.blueprint;
        if !blueprint.spec.placement_schema.scopes.contains(&InstallScope::Cluster) {
            let message = format!("`{}` is installed in vClusters only", slot.blueprint);
            let scopes = blueprint.place.child("spec").child("placementSchema").child("scopes");
            out.push(
                Diagnostic::new(&rule::PLACEMENT_OUT_OF_BOUNDS, place.child("blueprint"), message)
                    .other(scopes, "its scopes")
                    .help(
                        "the kit installs into host clusters; a slot needs a Blueprint with scope `cluster`",
                    ),
            );
        }
        return Some(Arc::clone(fitting));
    }
    let latest = visible[visible.len() - 1];
    let version = &latest.entry.blueprint.spec.version;
    out.push(
        Diagnostic::new(
            &rule::VERSION_MISMATCH,
            version_place.clone(),
            format!(
                "slot {} pins `{}` {constraint}, and the Blueprint is at {version}",
                slot.id, slot.blueprint
            ),
        )
        .other(latest.entry.blueprint.place.child("spec").child("version"), "the Blueprint")
        .fix(
            format!("pin {version}"),
            version_place.clone(),
            EditAction::SetValue(version.to_string().into()),
        ),
    );
    Some(Arc::clone(latest))
}

fn edges(input: Input<'_>, kit: &CompiledKit, graph: &mut KitGraph, out: &mut Vec<Diagnostic>) {
    let disabled: BTreeSet<&BlueprintName> = input
        .sovereign
        .sovereign
        .spec
        .kit
        .blueprints
        .iter()
        .filter(|(_, it)| it.disabled)
        .map(|(name, _)| name)
        .collect();
    let names: BTreeSet<BlueprintName> = graph.nodes.keys().cloned().collect();
    let pins: BTreeMap<BlueprintName, (catalyst_model::Version, Place)> = graph
        .nodes
        .iter()
        .map(|(name, node)| (name.clone(), (node.version.clone(), node.version_place.clone())))
        .collect();
    let namespaces: BTreeMap<BlueprintName, String> =
        graph.nodes.iter().map(|(name, node)| (name.clone(), node.slot.namespace().to_owned())).collect();
    for (name, node) in &mut graph.nodes {
        let Some(compiled) = input.catalogue.get(&node.entry) else { continue };
        let mut found: BTreeMap<BlueprintName, KitEdge> = BTreeMap::new();
        let mut variables = kit_variables(input.facts, name.short(), &namespaces[name]);
        variables.insert("config".into(), serde_json::Value::Object(node.config.merged.clone()));
        variables.insert("dependencies".into(), serde_json::json!({}));
        for (dependency, ready) in
            node.entry.blueprint.spec.depends.iter().flatten().zip(&compiled.dependencies)
        {
            let conditional = dependency.when.is_some();
            let active = match &ready.when {
                None => !conditional,
                Some(when) => match when.evaluate(&variables) {
                    Ok(value) => value == true,
                    Err(problem) => {
                        let found = crate::values::diagnostic(&problem, &ready.place.child("when"));
                        out.extend(compiled.own_faults(&node.config.merged, vec![found]));
                        false
                    }
                },
            };
            let to = &dependency.blueprint;
            if !names.contains(to) {
                // What no catalogue has is reported where the Blueprint is checked.
                let known = !input.catalogue.catalogue.entries(to).is_empty();
                if active && known && !input.is_broken("Blueprint", to.as_str()) {
                    out.push(missing_slot(input, name, to, &ready.place, disabled.contains(to)));
                }
                continue;
            }
            if active && !dependency.version.matches(&pins[to].0) {
                out.push(
                    Diagnostic::new(
                        &rule::VERSION_CONFLICT,
                        ready.place.child("version"),
                        format!(
                            "`{name}` needs `{to}` {}, and the kit pins {}",
                            dependency.version, pins[to].0
                        ),
                    )
                    .other(pins[to].1.clone(), "the pin")
                    .help("widen the constraint, or pin a version that fits"),
                );
            }
            let edge = KitEdge {
                to: to.clone(),
                kind: EdgeKind::Depends,
                place: ready.place.clone(),
                active,
                conditional,
            };
            found.insert(to.clone(), edge);
        }
        let at = kit.kit.spec.slots.iter().position(|slot| slot.id == node.slot.id).unwrap_or_default();
        for (number, after) in node.slot.after.iter().enumerate() {
            let place = kit.place(at).child("after").item(number);
            if !names.contains(&after.blueprint) {
                out.push(missing_slot(
                    input,
                    name,
                    &after.blueprint,
                    &place.child("blueprint"),
                    disabled.contains(&after.blueprint),
                ));
                continue;
            }
            found.entry(after.blueprint.clone()).or_insert(KitEdge {
                to: after.blueprint.clone(),
                kind: EdgeKind::Order(after.reason.clone()),
                place,
                active: true,
                conditional: false,
            });
        }
        node.edges = found.into_values().collect();
    }
}

fn missing_slot(
    input: Input<'_>,
    name: &BlueprintName,
    to: &BlueprintName,
    place: &Place,
    disabled: bool,
) -> Diagnostic {
    let found = Diagnostic::new(
        &rule::UNDEFINED_SLOT,
        place.clone(),
        format!("`{name}` comes after `{to}`, which is not in the kit"),
    );
    if disabled {
        let sovereign = &input.sovereign.sovereign;
        let at = sovereign
            .place
            .child("spec")
            .child("kit")
            .child("blueprints")
            .child(to.as_str())
            .child("disabled");
        return found.other(at, "disabled here").help(format!("disable `{name}` as well, or keep `{to}`"));
    }
    let mut slots = input.kit.iter().flat_map(|it| &it.kit.spec.slots);
    if slots.any(|slot| slot.blueprint == *to) {
        let asked = format!("`spec.kit.blueprints.{to}.enabled: true`");
        return found.help(format!("its slot is opt-in: let the Sovereign ask for it by {asked}"));
    }
    found.help(format!("give `{to}` a slot, or make the dependency conditional"))
}

/// The union graph, conditional edges included, is free of cycles: otherwise some Sovereign could not install.
fn report_cycles(graph: &KitGraph, out: &mut Vec<Diagnostic>) {
    let edges = graph
        .nodes
        .iter()
        .flat_map(|(from, node)| node.edges.iter().map(|edge| (from.as_str(), edge.to.as_str())));
    for cycle in cycles::cycles(edges) {
        let steps: Vec<(&str, &str)> =
            cycle.iter().enumerate().map(|(at, from)| (*from, cycle[(at + 1) % cycle.len()])).collect();
        let place = |from: &str, to: &str| {
            let node = graph.nodes.iter().find(|(name, _)| name.as_str() == from).map(|(_, node)| node);
            node.and_then(|node| node.edges.iter().find(|edge| edge.to.as_str() == to))
                .map(|edge| edge.place.clone())
        };
        let Some(first) = place(steps[0].0, steps[0].1) else { continue };
        let way = cycle
            .iter()
            .chain(cycle.first())
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(" after ");
        let mut found =
            Diagnostic::new(&rule::DEPENDENCY_CYCLE, first, format!("the kit waits for itself: {way}"))
                .label(format!("`{}` comes after `{}`", steps[0].0, steps[0].1));
        for (from, to) in &steps[1..] {
            if let Some(place) = place(from, to) {
                found = found.other(place, format!("`{from}` comes after `{to}`"));
            }
        }
        out.push(found.help("take one of these edges out"));
    }
}

/// Keeps the wanted slots and all they come after.
fn keep_closure(graph: &mut KitGraph, wanted: &BTreeSet<SlotId>) {
    let mut open: Vec<BlueprintName> = graph
        .nodes
        .iter()
        .filter(|(_, node)| wanted.contains(&node.slot.id))
        .map(|(name, _)| name.clone())
        .collect();
    let mut keep = BTreeSet::new();
    while let Some(name) = open.pop() {
        if keep.insert(name.clone())
            && let Some(node) = graph.nodes.get(&name)
        {
            open.extend(node.edges.iter().filter(|edge| edge.active).map(|edge| edge.to.clone()));
        }
    }
    graph.nodes.retain(|name, _| keep.contains(name));
}
