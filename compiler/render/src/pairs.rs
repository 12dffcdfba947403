//! Two renders of one release, object by object: which objects are the same one, and every place in which they differ.
//!
//! An object is known by kind, namespace and name. One whose name is drawn anew each time is known by the file that makes it, where that file
//! makes no other one of its kind.

use catalyst_helm::Object;
use catalyst_source::{KeyPath, TreePath};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// What an object is known by in every render of its release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectKey {
    /// Its kind, with the group behind a dot where it has one: `Secret`, `Deployment.apps`.
    pub kind: String,
    /// The namespace that it names itself; empty when it names none.
    pub namespace: String,
    /// Its name, or what makes it.
    pub name: ObjectName,
}

/// The name of an object, or what stands for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectName {
    /// The name that it has in every render.
    Given(String),
    /// Its name is drawn; it is the only one of its kind that this file makes.
    MadeBy(TreePath),
}

/// `Kind.group/name`, or what makes it where the name is drawn.
impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            ObjectName::Given(name) => write!(f, "{}/{name}", self.kind),
            ObjectName::MadeBy(file) => write!(f, "{} of {file}", self.kind),
        }
    }
}

impl ObjectKey {
    /// The key of an object by its name.
    pub fn of(object: &Object) -> ObjectKey {
        let (kind, namespace) = kind_and_namespace(object);
        ObjectKey { kind, namespace, name: ObjectName::Given(object.name().to_owned()) }
    }

    fn made(object: &Object) -> ObjectKey {
        let (kind, namespace) = kind_and_namespace(object);
        ObjectKey { kind, namespace, name: ObjectName::MadeBy(object.file.clone()) }
    }

    /// Where the object stands among those of a render; nothing when none or several fit.
    pub fn find(&self, objects: &[Object]) -> Option<usize> {
        let is_it = |object: &Object| match &self.name {
            ObjectName::Given(_) => ObjectKey::of(object) == *self,
            ObjectName::MadeBy(_) => ObjectKey::made(object) == *self,
        };
        let mut found = objects.iter().enumerate().filter(|(_, it)| is_it(it));
        let (at, _) = found.next()?;
        found.next().is_none().then_some(at)
    }

    /// Whether it is a Secret of Kubernetes.
    pub fn is_secret(&self) -> bool {
        self.kind == "Secret"
    }
}

fn kind_and_namespace(object: &Object) -> (String, String) {
    let kind = match object.group() {
        "" => object.kind().to_owned(),
        group => format!("{}.{group}", object.kind()),
    };
    let namespace = object.value.get("metadata").and_then(|it| it.get("namespace")).and_then(Value::as_str);
    (kind, namespace.unwrap_or_default().to_owned())
}

/// A place that is another one in each render.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn<'r> {
    /// The object.
    pub key: ObjectKey,
    /// The object as the first render has it.
    pub object: &'r Object,
    /// The place in it: a scalar, or a collection whose keys or length are drawn.
    pub path: KeyPath,
    /// What the first render has there.
    pub first: &'r Value,
    /// What the second render has there.
    pub second: &'r Value,
}

/// Everything in which two renders of one release differ.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Draws<'r> {
    /// Places in objects that both have, by object and path.
    pub places: Vec<Drawn<'r>>,
    /// Objects that only one of them has, and that no file tells apart from others.
    pub strays: Vec<&'r Object>,
}

impl Draws<'_> {
    /// Whether the renders are equal, but for the order of their objects.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty() && self.strays.is_empty()
    }
}

/// Everything in which two renders differ.
pub fn draws<'r>(first: &'r [Object], second: &'r [Object]) -> Draws<'r> {
    let (ours, theirs) = (by_key(first), by_key(second));
    let mut strays = Vec::new();
    let mut draws = Draws::default();
    let mut place = |key: &ObjectKey, object: &'r Object, other: &'r Object| {
        leaves(KeyPath::root(), &object.value, &other.value, &mut |path, first, second| {
            draws.places.push(Drawn { key: key.clone(), object, path, first, second });
        });
    };
    for (key, object) in &ours {
        match theirs.get(key) {
            Some(other) => place(&key.0, object, other),
            None => strays.push(*object),
        }
    }
    strays.extend(theirs.iter().filter(|(key, _)| !ours.contains_key(*key)).map(|(_, it)| *it));
    // What is left over on both sides is one object with two names where its file makes no other one of its kind.
    let mut lone = Vec::new();
    strays.retain(|object| {
        let key = ObjectKey::made(object);
        let both = key.find(first).zip(key.find(second));
        if let Some((at, other)) = both
            && lone.iter().all(|(known, _, _)| *known != key)
        {
            lone.push((key, &first[at], &second[other]));
        }
        both.is_none()
    });
    for (key, object, other) in &lone {
        place(key, object, other);
    }
    draws.strays = strays;
    draws
}

/// Objects by their key, and by their number where several share one.
fn by_key(objects: &[Object]) -> BTreeMap<(ObjectKey, usize), &Object> {
    let mut found = BTreeMap::new();
    for object in objects {
        let mut key = (ObjectKey::of(object), 0);
        while found.contains_key(&key) {
            key.1 += 1;
        }
        found.insert(key, object);
    }
    found
}

/// Calls `found` for every place in which two values differ, as deep as both are mappings with the same keys or lists of one length.
fn leaves<'v>(
    path: KeyPath,
    first: &'v Value,
    second: &'v Value,
    found: &mut dyn FnMut(KeyPath, &'v Value, &'v Value),
) {
    match (first, second) {
        _ if first == second => {}
        (Value::Object(a), Value::Object(b))
            if a.len() == b.len() && a.keys().all(|it| b.contains_key(it)) =>
        {
            for (key, value) in a {
                leaves(path.key(key), value, &b[key], found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                leaves(path.index(at), a, b, found);
            }
        }
        _ => found(path, first, second),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::object;
    use proptest::prelude::*;
    use serde_json::json;

    fn shown(first: &[Object], second: &[Object]) -> Vec<String> {
        let draws = draws(first, second);
        let places = draws.places.iter().map(|it| format!("{} {}", it.key, it.path));
        places.chain(draws.strays.iter().map(|it| format!("stray {it}"))).collect()
    }

    #[test]
    fn every_place_is_found() {
        let of = |a: &str, b: Value| {
            object("Deployment.apps/web", json!({ "x": { "a": a, "same": 1 }, "l": [a, 1], "m": b }))
        };
        assert_eq!(
            shown(&[of("1", json!({ "p": 1 }))], &[of("2", json!({ "q": 1 }))]),
            ["Deployment.apps/web x.a", "Deployment.apps/web l[0]", "Deployment.apps/web m"]
        );
        assert_eq!(shown(&[of("1", json!(1))], &[of("1", json!(1))]), [""; 0]);
    }

    #[test]
    fn an_object_whose_name_is_drawn_is_known_by_its_file() {
        let job = |name: &str| object(&format!("Job.batch/{name}"), json!({}));
        assert_eq!(shown(&[job("a-1")], &[job("a-2")]), ["Job.batch of templates/a.yaml metadata.name"]);
        // Another one of its kind from the same file, and nobody knows which is which.
        let twice = shown(&[job("a-1"), job("b")], &[job("a-2"), job("b")]);
        assert_eq!(twice, ["stray Job.batch/a-1", "stray Job.batch/a-2"]);
        // Objects of one name are told apart by their order, as long as nothing has to be kept for one of them.
        let twice =
            |x: u8| [object("Job.batch/a", json!({ "x": 1 })), object("Job.batch/a", json!({ "x": x }))];
        assert_eq!(shown(&twice(2), &twice(2)), [""; 0]);
        assert_eq!(shown(&twice(2), &twice(3)), ["Job.batch/a x"]);
        assert_eq!(ObjectKey::of(&twice(2)[0]).find(&twice(2)), None);
    }

    proptest! {
        /// Order makes no difference, and a change of one value is found at its place.
        #[test]
        fn order_does_not_matter(names in proptest::collection::btree_set("[a-z]{1,3}", 1..6), seed in 0usize..6) {
            let objects: Vec<Object> = names.iter().map(|name| object(&format!("A/{name}"), json!({ "x": name }))).collect();
            let mut turned = objects.clone();
            turned.rotate_left(seed % objects.len());
            prop_assert!(draws(&objects, &turned).is_empty());
            turned[0].value["x"] = json!("Z");
            let found = shown(&objects, &turned);
            prop_assert_eq!(found, [format!("A/{} x", turned[0].name())]);
        }
    }
}
