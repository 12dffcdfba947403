use catalyst_diag::Place;
use catalyst_source::{KeyPath, Step};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Where a layer of config or chart values comes from. The order of the variants is the order of precedence within config and within
/// chart values: a later layer wins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LayerKind {
    /// Defaults in the configSchema of the Blueprint.
    SchemaDefault,
    /// The overlay of a size.
    Size(String),
    /// What a dependent hands down under `depends[].values`.
    Dependent,
    /// The mapping from config to chart values, `manifests.values`.
    Mapping,
    /// Chart values of the overlay of a size.
    SizeValues(String),
    /// The registry of an air-gapped Sovereign.
    AirGap,
    /// The slot of the kit.
    Slot,
    /// The Application.
    Application,
    /// The Application's section for the Environment.
    ApplicationEnvironment,
    /// The Sovereign's override of the kit.
    SovereignOverride,
    /// What the compiler decides: placement, standby, registry.
    Placement,
}

impl LayerKind {
    /// What it is, for people.
    pub fn describe(&self) -> String {
        match self {
            LayerKind::SchemaDefault => "a default of the configSchema".into(),
            LayerKind::Size(size) => format!("config of size `{size}`"),
            LayerKind::Dependent => "values handed down by the Blueprint that depends on it".into(),
            LayerKind::Mapping => "`manifests.values` of the Blueprint".into(),
            LayerKind::SizeValues(size) => format!("chart values of size `{size}`"),
            LayerKind::AirGap => "the registry of the air-gapped Sovereign".into(),
            LayerKind::Slot => "the slot of the kit".into(),
            LayerKind::Application => "the Application".into(),
            LayerKind::ApplicationEnvironment => "the Application's section for the Environment".into(),
            LayerKind::SovereignOverride => "the Sovereign's override of the kit".into(),
            LayerKind::Placement => "placement".into(),
        }
    }
}

/// One layer: a tree of values and the node it stands at in the source.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// What kind of layer.
    pub kind: LayerKind,
    /// The node whose children are the values.
    pub place: Place,
    /// The values, expressions already evaluated.
    pub values: Map<String, Value>,
    /// What its expressions read, where they read config.
    pub made_from: Option<MadeFrom>,
}

impl Layer {
    /// A layer whose values stand in the source as they are.
    pub fn new(kind: LayerKind, place: Place, values: Map<String, Value>) -> Layer {
        Layer { kind, place, values, made_from: None }
    }
}

/// The config that a layer's expressions read.
#[derive(Debug, Clone, PartialEq)]
pub struct MadeFrom {
    /// The config.
    pub config: Arc<Layered>,
    /// Paths of values, each with a path of config that the expression there reads.
    pub reads: Arc<Vec<(KeyPath, KeyPath)>>,
}

impl MadeFrom {
    /// For each path of config that went into the value at `path` or into a part of it: the layer that set it, and where.
    pub fn of(&self, path: &KeyPath) -> Vec<(&KeyPath, &Layer, Place)> {
        let touches =
            |at: &KeyPath| at.steps().starts_with(path.steps()) || path.steps().starts_with(at.steps());
        let mut found: Vec<(&KeyPath, &Layer, Place)> = Vec::new();
        for (_, read) in self.reads.iter().filter(|(at, _)| touches(at)) {
            if found.iter().all(|(known, ..)| *known != read)
                && let Some((layer, place)) = self.config.who_set(read).into_iter().next()
            {
                found.push((read, layer, place));
            }
        }
        found
    }
}

/// A tree of values made of layers. The layers are kept, so that "who set this key" can be answered for any key without a table of keys.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layered {
    /// The layers, lowest first.
    pub layers: Vec<Arc<Layer>>,
    /// All of them merged.
    pub merged: Map<String, Value>,
}

impl Layered {
    /// Adds a layer on top. A layer without values is not kept.
    pub fn push(&mut self, layer: Layer) {
        if !layer.values.is_empty() {
            merge_map(&mut self.merged, &layer.values);
            self.layers.push(Arc::new(layer));
        }
    }

    /// The layers that set the value at `path` or a part of it, winner first, each with the place of the value in the source.
    pub fn who_set(&self, path: &KeyPath) -> Vec<(&Layer, Place)> {
        let mut found = Vec::new();
        for layer in self.layers.iter().rev() {
            if reaches(&layer.values, path) {
                found.push((layer.as_ref(), layer.place.below(path)));
            }
        }
        found
    }
}

/// Whether a tree says anything about the node at `path`: it holds the node, or a scalar or list above it.
fn reaches(values: &Map<String, Value>, path: &KeyPath) -> bool {
    let mut map = values;
    for (at, step) in path.steps().iter().enumerate() {
        let Step::Key(key) = step else { return true };
        match map.get(key.as_ref()) {
            None => return false,
            Some(Value::Object(below)) if at + 1 < path.steps().len() => map = below,
            Some(_) => return true,
        }
    }
    true
}

/// Merges `over` into `base` as Helm does: maps key by key, everything else replaced. A null stays, since it deletes a default of the
/// chart when Helm merges.
pub fn merge_values(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => merge_map(base, over),
        (base, over) => *base = over.clone(),
    }
}

fn merge_map(base: &mut Map<String, Value>, over: &Map<String, Value>) {
    for (key, value) in over {
        match base.get_mut(key) {
            Some(known) => merge_values(known, value),
            None => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
}

/// The least tree that, merged over `base`, gives `wanted`. A key that `wanted` lacks becomes null, which deletes it in a Helm merge.
pub fn diff_values(base: &Map<String, Value>, wanted: &Map<String, Value>) -> Map<String, Value> {
    let mut out = Map::new();
    for (key, value) in wanted {
        match (base.get(key), value) {
            (Some(old), new) if old == new => {}
            (Some(Value::Object(old)), Value::Object(new)) => {
                out.insert(key.clone(), Value::Object(diff_values(old, new)));
            }
            _ => {
                out.insert(key.clone(), value.clone());
            }
        }
    }
    for key in base.keys().filter(|key| !wanted.contains_key(*key)) {
        out.insert(key.clone(), Value::Null);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalyst_source::TreePath;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    fn layer(kind: LayerKind, values: Value) -> Layer {
        let place = Place::value(&TreePath::new("f.yaml").unwrap(), 0, KeyPath::root());
        Layer::new(kind, place, map(values))
    }

    #[test]
    fn the_last_layer_wins_and_all_are_remembered() {
        let mut layered = Layered::default();
        layered.push(layer(LayerKind::SchemaDefault, json!({ "a": { "b": 1, "c": 2 } })));
        layered.push(layer(LayerKind::Slot, json!({ "a": { "b": null } })));
        assert_eq!(Value::Object(layered.merged.clone()), json!({ "a": { "b": null, "c": 2 } }));
        let who: Vec<_> = layered
            .who_set(&KeyPath::parse("a.b").unwrap())
            .iter()
            .map(|(layer, _)| layer.kind.clone())
            .collect();
        assert_eq!(who, [LayerKind::Slot, LayerKind::SchemaDefault]);
        assert_eq!(layered.who_set(&KeyPath::parse("a.c").unwrap()).len(), 1);
    }

    #[test]
    fn a_difference_merges_back() {
        let (base, wanted) =
            (json!({ "a": { "b": 1, "c": 2 }, "d": [1] }), json!({ "a": { "b": 1, "c": 3 }, "e": 4 }));
        let diff = diff_values(&map(base.clone()), &map(wanted));
        assert_eq!(Value::Object(diff.clone()), json!({ "a": { "c": 3 }, "e": 4, "d": null }));
        let mut merged = base;
        merge_values(&mut merged, &Value::Object(diff));
        assert_eq!(merged, json!({ "a": { "b": 1, "c": 3 }, "d": null, "e": 4 }));
    }
}
