//! Values with others over them, as flags and files give them.

use catalyst_plan::merge_values;
use catalyst_source::{KeyPath, Step};
use serde_json::{Map, Value};

/// Values with others over them.
pub(super) fn merged(base: &Map<String, Value>, over: &Map<String, Value>) -> Map<String, Value> {
    let mut values = Value::Object(base.clone());
    merge_values(&mut values, &Value::Object(over.clone()));
    match values {
        Value::Object(values) => values,
        _ => Map::new(),
    }
}

/// Values with some of them set.
pub(super) fn with_set(values: Map<String, Value>, set: &[(KeyPath, Value)]) -> Map<String, Value> {
    let mut values = Value::Object(values);
    for (path, value) in set {
        merge_values(node_at(&mut values, path), value);
    }
    match values {
        Value::Object(values) => values,
        _ => Map::new(),
    }
}

/// The node at a path, which is made where there is none; what is in the way gives way.
fn node_at<'v>(values: &'v mut Value, path: &KeyPath) -> &'v mut Value {
    path.steps().iter().fold(values, |node, step| match step {
        Step::Key(key) => {
            if !node.is_object() {
                *node = Value::Object(Map::new());
            }
            &mut node[key.as_ref()]
        }
        Step::Index(at) => {
            if !node.is_array() {
                *node = Value::Array(Vec::new());
            }
            if let Value::Array(items) = node {
                items.resize(items.len().max(*at as usize + 1), Value::Null);
            }
            &mut node[*at as usize]
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_set_where_their_paths_lead() {
        let set = |base: Value, path: &str, value: Value| {
            let base = base.as_object().unwrap().clone();
            Value::Object(with_set(base, &[(KeyPath::parse(path).unwrap(), value)]))
        };
        let base = || json!({"a": {"b": 1}, "l": [{"x": 1}, 2]});
        assert_eq!(set(base(), "a.c", json!(2)), json!({"a": {"b": 1, "c": 2}, "l": [{"x": 1}, 2]}));
        assert_eq!(set(base(), "a", json!({"c": 2}))["a"], json!({"b": 1, "c": 2}));
        assert_eq!(set(base(), "l[0].y", json!(3))["l"], json!([{"x": 1, "y": 3}, 2]));
        assert_eq!(set(base(), "l[3]", json!("z"))["l"], json!([{"x": 1}, 2, null, "z"]));
        assert_eq!(set(base(), "a.b[1].c", json!(true))["a"], json!({"b": [null, {"c": true}]}));
    }
}
