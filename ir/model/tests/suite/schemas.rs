//! Laws of the schemas and CRDs: every field is described, every mapping says what its keys are, and CRDs are structural.

use catalyst_model::schema::{all_crds, all_schemas};
use serde_json::Value;

/// Calls `visit` with every schema in a schema, and its path.
fn walk(schema: &Value, path: &str, visit: &mut impl FnMut(&Value, &str)) {
    visit(schema, path);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        walk(property, &format!("{path}.{name}"), visit);
    }
    for (key, below) in schema.as_object().into_iter().flatten() {
        match (key.as_str(), below) {
            ("items" | "additionalProperties", Value::Object(_)) => walk(below, &format!("{path}[]"), visit),
            ("oneOf" | "anyOf" | "allOf", Value::Array(variants)) => {
                variants.iter().for_each(|variant| walk(variant, path, visit));
            }
            _ => {}
        }
    }
}

/// Fields without a description.
fn undescribed(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(schema, "", &mut |node, path| {
        for (name, property) in node["properties"].as_object().into_iter().flatten() {
            if property["description"].as_str().is_none_or(str::is_empty) {
                found.push(format!("{path}.{name}"));
            }
        }
    });
    found
}

#[test]
fn every_field_is_described() {
    for (name, schema) in all_schemas() {
        assert_eq!(undescribed(&schema), [""; 0], "{name}");
    }
    for (name, crd) in all_crds() {
        // An API server describes `metadata` itself.
        let schema = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
        assert_eq!(undescribed(schema), [".metadata"], "{name}");
    }
}

#[test]
fn every_mapping_says_what_its_keys_are() {
    let mut mappings = 0;
    for (name, schema) in all_schemas() {
        walk(&schema, "", &mut |node, path| {
            assert!(node.get("patternProperties").is_none(), "{name} {path}");
            if node["additionalProperties"].is_object() {
                mappings += 1;
                let keys = &node["propertyNames"];
                assert!(keys["title"].is_string(), "{name} {path}: {keys}");
                assert!(keys["pattern"].is_string() || keys["enum"].is_array(), "{name} {path}: {keys}");
            }
        });
    }
    assert!(mappings > 20, "{mappings}");
}

fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(holds_null),
        Value::Object(map) => map.values().any(holds_null),
        _ => false,
    }
}

/// Source: Kubernetes, "Specifying a structural schema", and the validation of apiextensions.
#[test]
fn crds_are_structural() {
    for (name, crd) in all_crds() {
        let schema = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
        walk(schema, "", &mut |node, path| {
            let free = node["x-kubernetes-preserve-unknown-fields"] == true;
            assert!(node["type"].is_string() || free, "{name} {path}: a node has a type");
            for keyword in [
                "$ref",
                "$schema",
                "additionalItems",
                "const",
                "definitions",
                "dependencies",
                "oneOf",
                "patternProperties",
                "propertyNames",
                "title",
                "uniqueItems",
            ] {
                assert!(node.get(keyword).is_none(), "{name} {path}: {keyword}");
            }
            assert!(!node["additionalProperties"].is_boolean(), "{name} {path}");
            assert!(
                node.get("properties").is_none() || node.get("additionalProperties").is_none(),
                "{name} {path}: fields or keys, not both"
            );
            assert!(!node.get("default").is_some_and(holds_null), "{name} {path}: {}", node["default"]);
        });
    }
}
