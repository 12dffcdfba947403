//! JSON Schemas and CRDs, generated from the types.

use crate::kinds::ChartTests;
use crate::labels;
use crate::resource::{KINDS, KindInfo};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// API versions of older files that are still read for a kind, beside the current one.
pub fn legacy_api_versions(kind: &KindInfo) -> Vec<String> {
    let mut versions = vec!["catalyst.openova.io/v1alpha1".to_owned()];
    if kind.group != "catalyst.openova.io" {
        versions.push("catalyst.openova.io/v1".to_owned());
    }
    versions
}

/// JSON Schema (draft 2020-12) of a whole document of this kind, without references to other schemas.
pub fn document_schema(kind: &KindInfo) -> Value {
    let (name, spec) = parts(kind);
    let mapping = |text: &str| {
        json!({
            "type": "object",
            "description": text,
            "propertyNames": labels::key_schema(),
            "additionalProperties": { "type": "string" },
        })
    };
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind.kind,
        "description": format!("{}.", kind.summary),
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "additionalProperties": false,
        "properties": {
            "apiVersion": { "const": kind.api_version(), "description": "Group and version of the kind." },
            "kind": { "const": kind.kind, "description": "The kind." },
            "metadata": {
                "type": "object",
                "description": "Name, labels and annotations.",
                "required": ["name"],
                "additionalProperties": false,
                "properties": {
                    "name": name,
                    "labels": mapping("Labels, as in Kubernetes."),
                    "annotations": mapping("Annotations, as in Kubernetes."),
                },
            },
            "spec": spec,
        },
    })
}

/// JSON Schema of the files in `chart/tests`, which are no documents of intent: they have neither kind nor name.
pub fn chart_tests_schema() -> Value {
    let mut schema = generator().subschema_for::<ChartTests>().to_value();
    tidy(&mut schema);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema
}

/// Schemas in one piece each, without references.
fn generator() -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.into_generator()
}

fn parts(kind: &KindInfo) -> (Value, Value) {
    let mut generator = generator();
    let mut name = (kind.name_schema)(&mut generator).to_value();
    name["description"] = json!(format!("Name of the {}.", kind.kind));
    let mut spec = (kind.spec_schema)(&mut generator).to_value();
    tidy(&mut spec);
    (name, spec)
}

/// Takes out what only repeats the Rust side: formats of integers, and the `null` of optional fields, since an explicit null is no value
/// of a field.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(map) => {
            if map.get("format").is_some_and(|format| {
                format.as_str().is_some_and(|f| f.starts_with("uint") || f.starts_with("int"))
            }) {
                map.remove("format");
            }
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|ty| ty != "null");
                if types.len() == 1 {
                    let only = types.remove(0);
                    map.insert("type".into(), only);
                }
            }
            if let Some(Value::Array(words)) = map.get_mut("enum") {
                words.retain(|word| !word.is_null());
            }
            if let Some(Value::Array(any)) = map.get("anyOf")
                && let [only, null] = any.as_slice()
                && null == &json!({ "type": "null" })
            {
                let mut inner = only.clone();
                if let (Some(inner), Some(text)) = (inner.as_object_mut(), map.get("description")) {
                    inner.insert("description".into(), text.clone());
                }
                *schema = inner;
                return tidy(schema);
            }
            // `oneOf` of constants with descriptions is an enumeration of words.
            if let Some(Value::Array(any)) = map.get("oneOf")
                && any.iter().all(|one| one.get("const").is_some_and(Value::is_string))
            {
                let words: Vec<Value> = any.iter().filter_map(|one| one.get("const").cloned()).collect();
                map.remove("oneOf");
                map.insert("type".into(), json!("string"));
                map.insert("enum".into(), Value::Array(words));
            }
            if let Some(Value::Array(variants)) = map.get_mut("oneOf") {
                variants.iter_mut().for_each(describe_variant);
            }
            // The keys are described by `propertyNames`, which can say what they are.
            if map.contains_key("propertyNames")
                && let Some(Value::Object(patterns)) = map.remove("patternProperties")
                && let Some((_, only)) = patterns.into_iter().next()
            {
                map.insert("additionalProperties".into(), only);
            }
            if let Some(mut default) = map.remove("default").filter(|default| !default.is_null()) {
                without_nulls(&mut default);
                map.insert("default".into(), default);
            }
            map.values_mut().for_each(tidy);
        }
        _ => {}
    }
}

/// An absent optional field of a default is absent, as it is in a document: an API server refuses a default that its schema does not admit.
fn without_nulls(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(without_nulls);
        }
        _ => {}
    }
}

/// The field that tells a variant from others is described as the variant is.
fn describe_variant(variant: &mut Value) {
    let Some(text) = variant.get("description").cloned() else { return };
    for property in variant["properties"].as_object_mut().into_iter().flat_map(|it| it.values_mut()) {
        if let Value::Object(property) = property {
            property.entry("description").or_insert_with(|| text.clone());
        }
    }
}

/// The CRD of a kind, in the form `kubectl apply` takes; `None` for the compiler's own kinds.
pub fn crd(kind: &KindInfo) -> Option<Value> {
    if !kind.crd {
        return None;
    }
    let (_, spec) = parts(kind);
    let mut spec = spec;
    structural(&mut spec);
    let singular = kind.kind.to_lowercase();
    Some(json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": format!("{}.{}", kind.plural, kind.group) },
        "spec": {
            "group": kind.group,
            "names": {
                "kind": kind.kind,
                "listKind": format!("{}List", kind.kind),
                "plural": kind.plural,
                "singular": singular,
                "shortNames": kind.short,
                "categories": ["catalyst"],
            },
            "scope": "Namespaced",
            "versions": [{
                "name": "v1",
                "served": true,
                "storage": true,
                "subresources": { "status": {} },
                "schema": { "openAPIV3Schema": {
                    "type": "object",
                    "description": format!("{}.", kind.summary),
                    "required": ["spec"],
                    "properties": {
                        "apiVersion": { "type": "string", "description": "Group and version of the kind." },
                        "kind": { "type": "string", "description": "The kind." },
                        "metadata": { "type": "object" },
                        "spec": spec,
                        "status": {
                            "type": "object",
                            "description": "What the agent reports.",
                            "x-kubernetes-preserve-unknown-fields": true,
                        },
                    },
                } },
            }],
        },
    }))
}

/// Makes a schema structural in the sense of Kubernetes: every node has a type, unknown fields are pruned by absence, and a value of any
/// shape says so. Source: Kubernetes, "Specifying a structural schema".
fn structural(schema: &mut Value) {
    if schema == &json!(true) {
        *schema = json!({ "x-kubernetes-preserve-unknown-fields": true });
        return;
    }
    let Value::Object(map) = schema else { return };
    map.remove("title");
    // Keys of a map are not described in a structural schema.
    map.remove("propertyNames");
    // Refused by API servers, which would compare each item with each.
    map.remove("uniqueItems");
    map.remove("patternProperties")
        .and_then(|patterns| patterns.as_object()?.values().next().cloned())
        .map(|only| map.insert("additionalProperties".into(), only));
    if map.get("additionalProperties") == Some(&json!(false)) {
        map.remove("additionalProperties");
    }
    if map.get("additionalProperties") == Some(&json!(true)) {
        map.remove("additionalProperties");
        map.insert("x-kubernetes-preserve-unknown-fields".into(), json!(true));
    }
    if let Some(Value::Array(variants)) = map.remove("oneOf") {
        one_of(map, &variants);
    }
    if let Some(constant) = map.remove("const") {
        map.insert("type".into(), json!("string"));
        map.insert("enum".into(), json!([constant]));
    }
    if !map.contains_key("type") {
        map.insert("x-kubernetes-preserve-unknown-fields".into(), json!(true));
    }
    for key in ["properties", "items", "additionalProperties"] {
        match (key, map.get_mut(key)) {
            ("properties", Some(Value::Object(properties))) => properties.values_mut().for_each(structural),
            (_, Some(inner)) => structural(inner),
            _ => {}
        }
    }
}

/// A choice between shapes becomes the union of their properties: the API server may not see them under `oneOf`. The compiler itself
/// checks the choice.
fn one_of(map: &mut Map<String, Value>, variants: &[Value]) {
    let mut properties = Map::new();
    for variant in variants {
        for (name, property) in variant.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let known = properties.entry(name.clone()).or_insert_with(|| property.clone());
            if let (Some(word), Some(known)) = (property.get("const"), known.as_object_mut()) {
                let mut words = known.get("enum").and_then(Value::as_array).cloned().unwrap_or_default();
                if !words.contains(word) {
                    words.push(word.clone());
                }
                known.remove("const");
                known.insert("description".into(), json!("Which of the shapes this is."));
                known.insert("type".into(), json!("string"));
                known.insert("enum".into(), Value::Array(words));
            }
        }
    }
    map.insert("type".into(), json!("object"));
    map.insert("properties".into(), Value::Object(properties));
}

/// All schemas, by file name: what stands in `docs/schemas`.
pub fn all_schemas() -> Vec<(String, Value)> {
    let kinds =
        KINDS.iter().map(|kind| (format!("{}.json", kind.kind.to_lowercase()), document_schema(kind)));
    let mut all: Vec<_> = kinds.chain([("chart-tests.json".to_owned(), chart_tests_schema())]).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

/// All CRDs, by file name: what stands in `products/catalyst/chart/crds`.
pub fn all_crds() -> Vec<(String, Value)> {
    KINDS
        .iter()
        .filter_map(|kind| Some((format!("{}.{}.yaml", kind.group, kind.plural), crd(kind)?)))
        .collect()
}
