//! Chart values, cut into the layers that stand in files.

use catalyst_plan::{EnvironmentPlan, LayerKind, Layered};
use serde_json::{Map, Value};
use std::sync::Arc;

/// What `base` holds that the values of all Environments of the branch hold as well.
///
/// A difference can take a key away only by setting it to null, and null does more in Helm than leave the key out: it deletes the chart's
/// default. So the base leaves out what an Environment does without, and the layers of a branch merge back to exactly its values.
pub(crate) fn common(base: &Map<String, Value>, wanted: &[&Map<String, Value>]) -> Map<String, Value> {
    let mut out = Map::new();
    'keys: for (key, value) in base {
        let mut below = Vec::with_capacity(wanted.len());
        for wanted in wanted {
            match wanted.get(key) {
                None => continue 'keys,
                Some(Value::Object(map)) => below.push(map),
                Some(_) => {}
            }
        }
        let value = match value {
            // Where an Environment has no map here, its layer replaces the whole value.
            Value::Object(map) => Value::Object(common(map, &below)),
            other => other.clone(),
        };
        out.insert(key.clone(), value);
    }
    out
}

/// Layers of the values in `values.yaml`: those of the Environment but for its own section and what placement decides.
pub(crate) fn base_layers(environment: &EnvironmentPlan, base: &Map<String, Value>) -> Arc<Layered> {
    let own = |kind: &LayerKind| matches!(kind, LayerKind::ApplicationEnvironment | LayerKind::Placement);
    let layers = environment.values.layers.iter().filter(|layer| !own(&layer.kind)).cloned().collect();
    Arc::new(Layered { layers, merged: base.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn the_base_holds_nothing_that_an_environment_lacks() {
        let base = map(json!({ "a": { "b": 1, "c": 2 }, "d": 3, "e": { "f": 4 }, "g": null }));
        let prod = map(json!({ "a": { "b": 9, "x": 1 }, "e": [], "g": 1 }));
        assert_eq!(
            Value::Object(common(&base, &[&prod])),
            json!({ "a": { "b": 1 }, "e": { "f": 4 }, "g": null })
        );
        assert_eq!(
            Value::Object(common(&base, &[&prod, &base])),
            json!({ "a": { "b": 1 }, "e": { "f": 4 }, "g": null })
        );
        assert_eq!(common(&base, &[&base]), base);
    }
}
