//! Key paths in values.

use catalyst_source::{KeyPath, Step};
use serde_json::{Map, Value};

/// The node at a path.
pub(crate) fn get<'a>(value: &'a Value, path: &KeyPath) -> Option<&'a Value> {
    path.steps().iter().try_fold(value, |node, step| match step {
        Step::Key(key) => node.get(key.as_ref()),
        Step::Index(index) => node.get(*index as usize),
    })
}

/// Paths of all nodes that are no map with something in it.
pub(crate) fn leaves(values: &Map<String, Value>) -> Vec<KeyPath> {
    let mut out = Vec::new();
    collect(values, &KeyPath::root(), &mut out);
    out
}

fn collect(values: &Map<String, Value>, above: &KeyPath, out: &mut Vec<KeyPath>) {
    for (key, value) in values {
        let path = above.key(key);
        match value {
            Value::Object(below) if !below.is_empty() => collect(below, &path, out),
            _ => out.push(path),
        }
    }
}

/// One path after the other.
pub(crate) fn join(above: &KeyPath, below: &KeyPath) -> KeyPath {
    above.steps().iter().chain(below.steps()).cloned().collect()
}
