//! Differences between two values. Items of lists are matched by what identifies them, so that an item in front moves nothing.

use catalyst_source::KeyPath;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The field; items of lists by their identity, as in `containers[name=web].image`.
    pub path: String,
    /// Its value before; absent when it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// Its value after; absent when it went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// Keys that identify an item of a list, in order of preference.
const IDENTITY: &[&str] =
    &["name", "key", "id", "alias", "host", "mountPath", "containerPort", "port", "path", "kind"];

/// The fields in which two values differ.
pub fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let mut found = Vec::new();
    walk(before, after, "", &mut found);
    found
}

fn walk(before: &Value, after: &Value, path: &str, found: &mut Vec<Change>) {
    match (before, after) {
        _ if before == after => {}
        (Value::Object(old), Value::Object(new)) => {
            let mut keys: Vec<&String> =
                old.keys().chain(new.keys().filter(|key| !old.contains_key(*key))).collect();
            keys.sort();
            for key in keys {
                let below = join(path, key);
                one(old.get(key), new.get(key), &below, found);
            }
        }
        (Value::Array(old), Value::Array(new)) => list(old, new, path, found),
        _ => found.push(Change {
            path: path.to_owned(),
            before: Some(before.clone()),
            after: Some(after.clone()),
        }),
    }
}

fn one(before: Option<&Value>, after: Option<&Value>, path: &str, found: &mut Vec<Change>) {
    match (before, after) {
        (Some(before), Some(after)) => walk(before, after, path, found),
        (before, after) => {
            found.push(Change { path: path.to_owned(), before: before.cloned(), after: after.cloned() })
        }
    }
}

fn join(path: &str, key: &str) -> String {
    let step = KeyPath::root().key(key).to_string();
    if path.is_empty() || step.starts_with('[') { format!("{path}{step}") } else { format!("{path}.{step}") }
}

fn list(old: &[Value], new: &[Value], path: &str, found: &mut Vec<Change>) {
    let start = found.len();
    match (keyed(old), keyed(new)) {
        (Some((key, old)), Some((other, new))) if key == other => {
            let mut names: Vec<&String> =
                old.keys().chain(new.keys().filter(|name| !old.contains_key(*name))).collect();
            names.sort();
            for name in names {
                one(old.get(name).copied(), new.get(name).copied(), &format!("{path}[{key}={name}]"), found);
            }
        }
        _ => items(old, new, path, found),
    }
    if found.len() == start {
        // The same items in another order: that is a change too, since order can mean something.
        found.push(Change {
            path: format!("{path} (order)"),
            before: Some(old.into()),
            after: Some(new.into()),
        });
    }
}

/// The items of a list by identity, when each has one and no two share it.
fn keyed(list: &[Value]) -> Option<(&'static str, BTreeMap<String, &Value>)> {
    IDENTITY.iter().find_map(|key| {
        let mut items = BTreeMap::new();
        for item in list {
            let name = match item.get(key)? {
                Value::String(name) => name.clone(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            if items.insert(name, item).is_some() {
                return None;
            }
        }
        (!items.is_empty()).then_some((*key, items))
    })
}

/// Items without identity: those that only one side has, as often as it has them.
fn items(old: &[Value], new: &[Value], path: &str, found: &mut Vec<Change>) {
    let scalar = |list: &[Value]| list.iter().all(|it| !it.is_object() && !it.is_array());
    if !scalar(old) || !scalar(new) {
        for at in 0..old.len().max(new.len()) {
            one(old.get(at), new.get(at), &format!("{path}[{at}]"), found);
        }
        return;
    }
    let mut left: Vec<&Value> = new.iter().collect();
    for item in old {
        match left.iter().position(|it| *it == item) {
            Some(at) => {
                left.remove(at);
            }
            None => found.push(Change { path: format!("{path}[]"), before: Some(item.clone()), after: None }),
        }
    }
    found.extend(left.into_iter().map(|item| Change {
        path: format!("{path}[]"),
        before: None,
        after: Some(item.clone()),
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(before: Value, after: Value) -> Vec<String> {
        let show = |value: Option<Value>| value.map_or("-".to_owned(), |it| it.to_string());
        changes(&before, &after)
            .into_iter()
            .map(|it| format!("{}: {} -> {}", it.path, show(it.before), show(it.after)))
            .collect()
    }

    #[test]
    fn items_are_matched_by_name() {
        let before = json!({ "c": [{ "name": "a", "v": 1 }, { "name": "b", "v": 2 }] });
        let after = json!({ "c": [{ "name": "new" }, { "name": "a", "v": 1 }, { "name": "b", "v": 3 }] });
        assert_eq!(told(before, after), ["c[name=b].v: 2 -> 3", "c[name=new]: - -> {\"name\":\"new\"}"]);
    }

    #[test]
    fn order_alone_is_a_change() {
        assert_eq!(told(json!([1, 2]), json!([2, 1])), [" (order): [1,2] -> [2,1]"]);
        assert_eq!(told(json!(["a", "a"]), json!(["a"])), ["[]: \"a\" -> -"]);
    }

    #[test]
    fn keys_with_dots_are_quoted() {
        assert_eq!(told(json!({ "a": { "b.c/d": 1 } }), json!({ "a": {} })), ["a[\"b.c/d\"]: 1 -> -"]);
    }
}
