//! From an emitted object back to the line of intent that caused it.

use catalyst_diag::Place;
use catalyst_plan::{EmittedObject, Provenance};
use catalyst_source::KeyPath;

/// Where the value at `path` of an object comes from: the source of that field or of the nearest one around it, the layer that set a chart
/// value, else the source of the object.
pub(crate) fn of(object: &EmittedObject, path: &KeyPath) -> Place {
    of_provenance(&object.provenance, path)
}

/// The same for anything with provenance.
pub(crate) fn of_provenance(provenance: &Provenance, path: &KeyPath) -> Place {
    exact(provenance, path).unwrap_or_else(|| provenance.place.clone())
}

/// Where somebody wrote the value at `path`; `None` for what the compiler put there because of the object as a whole.
pub(crate) fn exact(provenance: &Provenance, path: &KeyPath) -> Option<Place> {
    for (root, layers) in &provenance.values {
        let Some(below) = path.steps().strip_prefix(root.steps()) else { continue };
        let below: KeyPath = below.iter().cloned().collect();
        if let Some((_, place)) = layers.who_set(&below).into_iter().next() {
            return Some(place);
        }
    }
    let around = |field: &&catalyst_plan::Field| path.steps().starts_with(field.path.steps());
    let nearest = provenance.fields.iter().filter(around).max_by_key(|field| field.path.steps().len());
    nearest.map(|field| field.place.clone())
}

/// A path made of keys.
pub(crate) fn keys(keys: &[&str]) -> KeyPath {
    keys.iter().fold(KeyPath::root(), |path, key| path.key(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalyst_plan::{Layer, LayerKind, Layered};
    use catalyst_source::TreePath;
    use serde_json::json;

    #[test]
    fn the_nearest_source_wins() {
        let file = |name: &str| Place::value(&TreePath::new(name).unwrap(), 0, KeyPath::root());
        let mut layered = Layered::default();
        let values = json!({ "a": { "b": 1 } }).as_object().unwrap().clone();
        layered.push(Layer::new(LayerKind::Slot, file("kit.yaml"), values));
        let provenance = Provenance::new("x", &file("object.yaml"))
            .field(keys(&["spec"]), "x", &file("spec.yaml"))
            .field(keys(&["spec", "version"]), "x", &file("version.yaml"))
            .values(keys(&["spec", "values"]), layered.into());
        let of = |path: &[&str]| of_provenance(&provenance, &keys(path));
        assert_eq!(of(&["metadata", "name"]), file("object.yaml"));
        assert_eq!(of(&["spec", "version"]), file("version.yaml"));
        assert_eq!(of(&["spec", "interval"]), file("spec.yaml"));
        assert_eq!(of(&["spec", "values", "a", "b"]), file("kit.yaml").child("a").child("b"));
    }
}
