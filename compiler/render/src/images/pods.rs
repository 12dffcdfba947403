//! The images that pods run, wherever a pod's spec stands: in a Pod, in a template of a workload, or inside of a custom resource.

use catalyst_helm::Object;
use catalyst_source::KeyPath;
use serde_json::Value;

/// Lists of containers in the spec of a pod.
const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];
/// Deepest level that is looked at; readers admit less.
const DEEPEST: usize = 256;

/// Every image of an object's pods with its place, in the order of the object.
pub fn images(object: &Object) -> Vec<(KeyPath, &str)> {
    let mut found = Vec::new();
    // A CRD describes containers and has none.
    if object.kind() != "CustomResourceDefinition" {
        walk(&object.value, &KeyPath::root(), 0, &mut found);
    }
    found
}

fn walk<'o>(value: &'o Value, path: &KeyPath, depth: usize, found: &mut Vec<(KeyPath, &'o str)>) {
    if depth > DEEPEST {
        return;
    }
    match value {
        Value::Object(map) => {
            for (key, below) in map {
                let at = path.key(key);
                let items = below.as_array().into_iter().flatten().enumerate();
                for (index, item) in items {
                    let image = match key.as_str() {
                        key if CONTAINERS.contains(&key) => item.get("image").map(|image| (image, "image")),
                        "volumes" => item
                            .get("image")
                            .and_then(|it| it.get("reference"))
                            .map(|it| (it, "image.reference")),
                        _ => None,
                    };
                    if let Some((Value::String(image), below)) = image {
                        let below = below.split('.').fold(at.index(index), |path, key| path.key(key));
                        found.push((below, image));
                    }
                }
                walk(below, &at, depth + 1, found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &path.index(index), depth + 1, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::object;
    use serde_json::json;

    #[test]
    fn images_are_found_wherever_a_pod_is_described() {
        let pod = json!({
            "initContainers": [{ "name": "i", "image": "r/i:1" }],
            "containers": [{ "name": "c", "image": "r/c:1" }, { "name": "none" }],
            "volumes": [{ "name": "v", "image": { "reference": "r/v:1" } }],
        });
        let found = |value: Value| {
            let object = object("A/a", value);
            images(&object).into_iter().map(|(path, image)| format!("{path} {image}")).collect::<Vec<_>>()
        };
        assert_eq!(
            found(json!({ "spec": { "jobTemplate": { "spec": { "template": { "spec": pod } } } } })),
            [
                "spec.jobTemplate.spec.template.spec.initContainers[0].image r/i:1",
                "spec.jobTemplate.spec.template.spec.containers[0].image r/c:1",
                "spec.jobTemplate.spec.template.spec.volumes[0].image.reference r/v:1",
            ]
        );
        assert_eq!(found(json!({ "spec": { "image": "not/a-pod:1", "containers": "x" } })), [""; 0]);
    }
}
