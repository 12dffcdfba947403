//! Objects and renders for tests.

use catalyst_helm::{Object, Rendered};
use catalyst_source::TreePath;
use serde_json::{Value, json};

/// An object `Kind/name` or `Kind.group/name` with these fields beside its identity.
pub(crate) fn object(name: &str, fields: Value) -> Object {
    let (kind, name) = name.split_once('/').unwrap();
    let (kind, version) = match kind.split_once('.') {
        Some((kind, group)) => (kind, format!("{group}/v1")),
        None => (kind, "v1".to_owned()),
    };
    let mut value = json!({ "apiVersion": version, "kind": kind, "metadata": { "name": name } });
    value.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    Object { chart: "bp-web".into(), file: TreePath::new("templates/a.yaml").unwrap(), value }
}

pub(crate) fn rendered(objects: impl IntoIterator<Item = Object>) -> Rendered {
    Rendered { objects: objects.into_iter().collect(), warnings: Vec::new() }
}
