//! The first thing in which two renders differ.

use catalyst_helm::{Object, Rendered};
use catalyst_source::KeyPath;
use serde_json::Value;
use std::collections::BTreeMap;

/// What differs between two renders.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Difference<'r> {
    /// Only the first has the object.
    OnlyFirst(&'r Object),
    /// Only the second has the object.
    OnlySecond(&'r Object),
    /// Both have it, with another value at a path.
    Field {
        /// The object as the first has it.
        object: &'r Object,
        /// The deepest node that holds all that differs.
        path: KeyPath,
        /// What the first has there.
        first: Option<&'r Value>,
        /// What the second has there.
        second: Option<&'r Value>,
    },
}

/// The first difference in the order of kind, namespace and name; `None` when both have the same objects, in whatever order.
pub(crate) fn difference<'r>(first: &'r Rendered, second: &'r Rendered) -> Option<Difference<'r>> {
    let (ours, theirs) = (by_identity(first), by_identity(second));
    let mut keys: Vec<&Identity<'_>> = ours.keys().chain(theirs.keys()).collect();
    keys.sort();
    keys.dedup();
    keys.into_iter().find_map(|key| match (ours.get(key), theirs.get(key)) {
        (Some(one), None) => Some(Difference::OnlyFirst(one)),
        (None, Some(other)) => Some(Difference::OnlySecond(other)),
        (Some(one), Some(other)) => {
            let (path, first, second) = node(&one.value, &other.value)?;
            Some(Difference::Field { object: one, path, first, second })
        }
        (None, None) => None,
    })
}

/// Kind with group, namespace, name, and which of several equal ones it is.
type Identity<'r> = (&'r str, &'r str, &'r str, &'r str, usize);

fn by_identity(rendered: &Rendered) -> BTreeMap<Identity<'_>, &Object> {
    let mut objects = BTreeMap::new();
    for object in &rendered.objects {
        let namespace =
            object.value.get("metadata").and_then(|it| it.get("namespace")).and_then(Value::as_str);
        let name = (object.kind(), object.group(), namespace.unwrap_or_default(), object.name());
        let nth = (0..)
            .find(|nth| !objects.contains_key(&(name.0, name.1, name.2, name.3, *nth)))
            .unwrap_or_default();
        objects.insert((name.0, name.1, name.2, name.3, nth), object);
    }
    objects
}

/// The path to the first difference, as deep as both sides are mappings or lists of one length.
fn node<'v>(first: &'v Value, second: &'v Value) -> Option<(KeyPath, Option<&'v Value>, Option<&'v Value>)> {
    if first == second {
        return None;
    }
    let mut path = KeyPath::root();
    let (mut first, mut second) = (first, second);
    loop {
        let next = match (first, second) {
            (Value::Object(a), Value::Object(b)) => {
                let key = a.keys().chain(b.keys()).find(|key| a.get(*key) != b.get(*key));
                key.map(|key| (path.key(key), a.get(key), b.get(key)))
            }
            (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
                let at = a.iter().zip(b).position(|(a, b)| a != b);
                at.map(|at| (path.index(at), a.get(at), b.get(at)))
            }
            _ => None,
        };
        match next {
            None => return Some((path, Some(first), Some(second))),
            Some((below, Some(a), Some(b))) => (path, first, second) = (below, a, b),
            Some(end) => return Some(end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{object, rendered};
    use proptest::prelude::*;
    use serde_json::json;

    fn shown(first: &[Value], second: &[Value]) -> String {
        let of = |values: &[Value]| rendered(values.iter().map(|it| object("A/a", it.clone())));
        match difference(&of(first), &of(second)) {
            None => "same".to_owned(),
            Some(Difference::Field { path, first, second, .. }) => format!("{path}: {first:?} {second:?}"),
            Some(other) => format!("{other:?}").split('(').next().unwrap_or_default().to_owned(),
        }
    }

    #[test]
    fn the_deepest_node_is_named() {
        let value = |x: Value| json!({ "spec": { "list": [{ "a": 1 }, { "a": x }] } });
        assert_eq!(
            shown(&[value(json!(1))], &[value(json!(2))]),
            "spec.list[1].a: Some(Number(1)) Some(Number(2))"
        );
        assert_eq!(shown(&[value(json!(1))], &[value(json!(1))]), "same");
        assert_eq!(
            shown(&[json!({ "x": [1] })], &[json!({ "x": [1, 2] })]),
            "x: Some(Array [Number(1)]) Some(Array [Number(1), Number(2)])"
        );
        assert_eq!(shown(&[json!({})], &[json!({ "x": null })]), "x: None Some(Null)");
        assert_eq!(shown(&[json!({})], &[]), "OnlyFirst");
        assert_eq!(shown(&[], &[json!({})]), "OnlySecond");
    }

    proptest! {
        /// Order makes no difference, and any change of a name or a value makes one.
        #[test]
        fn order_does_not_matter(names in proptest::collection::btree_set("[a-z]{1,3}", 1..6), seed in 0usize..6) {
            let objects: Vec<Object> = names.iter().map(|name| object(&format!("A/{name}"), json!({ "x": name }))).collect();
            let mut turned = objects.clone();
            turned.rotate_left(seed % objects.len());
            let (first, mut second) = (rendered(objects), rendered(turned));
            prop_assert_eq!(difference(&first, &second), None);
            second.objects[0].value["x"] = json!("Z");
            prop_assert!(difference(&first, &second).is_some());
        }
    }
}
