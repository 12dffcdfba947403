//! Chart values of a release.
//!
//! Precedence, lowest first: `manifests.values` of the Blueprint over the final config, chart values of the size, the registry of an
//! air-gapped Sovereign, those of the slot or the Application, those of the Application's section for the Environment, those of the
//! Sovereign's override, and what placement decides.

use crate::Input;
use catalyst_diag::{Diagnostic, Place};
use catalyst_plan::{Layer, LayerKind, Layered, MadeFrom};
use catalyst_resolve::{Compiled, Variables};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The two lowest layers: the mapping and the size.
pub(crate) fn base(
    compiled: &Compiled,
    size: Option<&str>,
    variables: &Variables,
    config: &Arc<Layered>,
    out: &mut Vec<Diagnostic>,
) -> Layered {
    let spec = compiled.entry.blueprint.place.child("spec");
    let mut values = Layered::default();
    let place = spec.child("manifests").child("values");
    let mapped = compiled.values.evaluate(variables, &place, out);
    let made_from = Some(MadeFrom { config: config.clone(), reads: compiled.reads.clone() });
    values.push(Layer { kind: LayerKind::Mapping, place, values: mapped, made_from });
    if let Some((size, (_, tree))) = size.and_then(|size| compiled.overlays.get_key_value(size)) {
        let place = spec.child("overlays").child(size).child("values");
        let sized = tree.evaluate(variables, &place, out);
        values.push(Layer::new(LayerKind::SizeValues(size.clone()), place, sized));
    }
    values
}

/// What an air-gapped Sovereign says to every chart: images come from its own registry, below the host that they are published at.
pub(crate) fn air_gap(values: &mut Layered, input: Input<'_>) {
    let sovereign = &input.sovereign.sovereign;
    if sovereign.spec.air_gap.is_some() {
        let place = sovereign.place.child("spec").child("airGap");
        let registry = at_path("global.imageRegistry", input.facts.registry.host.as_str().into());
        values.push(Layer::new(LayerKind::AirGap, place, registry));
    }
}

/// A layer whose values stand in the source as they are.
pub(crate) fn push(values: &mut Layered, kind: LayerKind, place: Place, tree: &Map<String, Value>) {
    values.push(Layer::new(kind, place, tree.clone()));
}

/// A tree that holds one value at a dotted path.
pub(crate) fn at_path(path: &str, value: Value) -> Map<String, Value> {
    let mut tree = value;
    let mut keys: Vec<&str> = path.split('.').collect();
    let first = if keys.is_empty() { "" } else { keys.remove(0) };
    for key in keys.into_iter().rev() {
        tree = Value::Object(Map::from_iter([(key.to_owned(), tree)]));
    }
    Map::from_iter([(first.to_owned(), tree)])
}

/// The value at a dotted path.
pub(crate) fn get<'a>(tree: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut keys = path.split('.');
    let first = tree.get(keys.next()?)?;
    keys.try_fold(first, |node, key| node.get(key))
}
