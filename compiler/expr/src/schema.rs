//! Types from JSON Schema: the dialect of `configSchema`, and what the schemas of Kubernetes add to it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::types::{Field, Type};

/// Schemas nested deeper than this are not looked into.
const DEPTH: usize = 64;

impl Type {
    /// The type of the values that a JSON Schema allows.
    ///
    /// An object is closed unless `additionalProperties` says otherwise, so that a misspelt property is an error. A property may be
    /// absent unless it is required, has a default, or is an object with a default inside (filling in defaults creates it). What the
    /// dialect has no keyword for (`$ref`, `not`, `allOf`) is not known before evaluation.
    pub fn from_schema(schema: &Value) -> Type {
        read(schema, DEPTH)
    }
}

fn read(schema: &Value, depth: usize) -> Type {
    let Value::Object(schema) = schema else { return Type::Dyn };
    if depth == 0 {
        return Type::Dyn;
    }
    let ty = if schema.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true)) {
        Type::Int.join(Type::String)
    } else if let Some(Value::Array(values)) = schema.get("enum") {
        Type::join_all(values.iter().map(of_constant))
    } else if let Some(value) = schema.get("const") {
        of_constant(value)
    } else {
        match schema.get("type") {
            Some(Value::String(name)) => named(name, schema, depth),
            Some(Value::Array(names)) => Type::join_all(
                names.iter().map(|name| named(name.as_str().unwrap_or_default(), schema, depth)),
            ),
            _ => untyped(schema, depth),
        }
    };
    match schema.get("nullable") {
        Some(Value::Bool(true)) => ty.join(Type::Null),
        _ => ty,
    }
}

fn named(name: &str, schema: &Map<String, Value>, depth: usize) -> Type {
    match name {
        "null" => Type::Null,
        "boolean" => Type::Bool,
        "integer" => Type::Int,
        "number" => Type::Double,
        "string" => Type::String,
        "array" => Type::list(schema.get("items").map_or(Type::Dyn, |items| read(items, depth - 1))),
        "object" => object(schema, depth),
        _ => Type::Dyn,
    }
}

fn untyped(schema: &Map<String, Value>, depth: usize) -> Type {
    let choices = ["oneOf", "anyOf"].iter().find_map(|keyword| schema.get(*keyword)?.as_array());
    match choices {
        _ if schema.contains_key("properties") => object(schema, depth),
        Some(choices) => Type::join_all(choices.iter().map(|choice| read(choice, depth - 1))),
        None => Type::Dyn,
    }
}

fn object(schema: &Map<String, Value>, depth: usize) -> Type {
    let additional = schema.get("additionalProperties");
    let preserved = schema.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true));
    let Some(Value::Object(properties)) = schema.get("properties") else {
        return match additional {
            Some(Value::Bool(false)) => Type::Object(BTreeMap::new(), false),
            Some(values) => Type::map(read(values, depth - 1)),
            None => Type::map(Type::Dyn),
        };
    };
    let required = |name: &str| match schema.get("required") {
        Some(Value::Array(names)) => names.iter().any(|required| required == name),
        _ => false,
    };
    let field = |(name, property): (&String, &Value)| {
        let optional = !required(name) && !has_default(property, depth);
        (name.clone(), Field { ty: read(property, depth - 1), optional })
    };
    let open = preserved || !matches!(additional, None | Some(Value::Bool(false)));
    Type::Object(properties.iter().map(field).collect(), open)
}

/// Whether filling in defaults gives the property a value.
fn has_default(property: &Value, depth: usize) -> bool {
    property.get("default").is_some()
        || depth > 1
            && property
                .get("properties")
                .and_then(Value::as_object)
                .is_some_and(|inner| inner.values().any(|property| has_default(property, depth - 1)))
}

fn of_constant(value: &Value) -> Type {
    match value {
        Value::Null => Type::Null,
        Value::Bool(_) => Type::Bool,
        Value::Number(number) if number.is_f64() => Type::Double,
        Value::Number(_) => Type::Int,
        Value::String(text) => Type::Enum(vec![text.clone()]),
        Value::Array(_) => Type::list(Type::Dyn),
        Value::Object(_) => Type::map(Type::Dyn),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_the_dialect() {
        let schema = json!({
            "type": "object",
            "required": ["hostname"],
            "properties": {
                "hostname": {"type": "string", "format": "hostname"},
                "replicas": {"type": "integer", "default": 1, "minimum": 1},
                "ratio": {"type": "number"},
                "mode": {"type": "string", "enum": ["a", "b"]},
                "tags": {"type": "array", "items": {"type": "string"}},
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                "free": {"type": "object"},
                "empty": {"type": "object", "additionalProperties": false},
                "rtc": {"type": "object", "properties": {"port": {"type": "integer", "default": 1}}},
                "port": {"x-kubernetes-int-or-string": true},
                "maybe": {"type": ["string", "null"]},
                "nullable": {"type": "string", "nullable": true},
                "either": {"oneOf": [{"type": "string"}, {"type": "boolean"}]},
                "reference": {"$ref": "#/definitions/x"},
                "mixed": {"enum": ["auto", 1, 2.5, null, true]},
                "fixed": {"const": "x"},
            }
        });
        let Type::Object(fields, open) = Type::from_schema(&schema) else { panic!("an object") };
        assert!(!open);
        let shown = |name: &str| {
            let field = &fields[name];
            format!("{}{}", field.ty, if field.optional { "?" } else { "" })
        };
        assert_eq!(shown("hostname"), "string");
        assert_eq!(shown("replicas"), "int");
        assert_eq!(shown("ratio"), "double?");
        assert_eq!(shown("mode"), "one of 'a', 'b'?");
        assert_eq!(shown("tags"), "list(string)?");
        assert_eq!(shown("labels"), "map(string, string)?");
        assert_eq!(shown("free"), "map(string, dyn)?");
        assert_eq!(fields["empty"].ty, Type::Object(BTreeMap::new(), false));
        assert_eq!(shown("rtc"), "object");
        assert_eq!(shown("port"), "int or string?");
        assert_eq!(shown("maybe"), "null or string?");
        assert_eq!(shown("nullable"), "null or string?");
        assert_eq!(shown("either"), "bool or string?");
        assert_eq!(shown("reference"), "dyn?");
        assert_eq!(shown("mixed"), "null or bool or int or double or one of 'auto'?");
        assert_eq!(shown("fixed"), "one of 'x'?");
    }

    #[test]
    fn openness_follows_additional_properties() {
        let open = |schema| matches!(Type::from_schema(&schema), Type::Object(_, true));
        assert!(!open(json!({"properties": {"a": {}}})));
        assert!(!open(json!({"properties": {"a": {}}, "additionalProperties": false})));
        assert!(open(json!({"properties": {"a": {}}, "additionalProperties": true})));
        assert!(open(json!({"properties": {"a": {}}, "additionalProperties": {"type": "string"}})));
        assert!(open(json!({"properties": {"a": {}}, "x-kubernetes-preserve-unknown-fields": true})));
    }

    #[test]
    fn deep_schemas_end() {
        let mut schema = json!({"type": "string"});
        for _ in 0..100 {
            schema = json!({"type": "array", "items": schema});
        }
        let mut depth = 0;
        let mut ty = Type::from_schema(&schema);
        while let Type::List(inner) = ty {
            depth += 1;
            ty = *inner;
        }
        assert_eq!((depth, ty), (DEPTH, Type::Dyn));
    }
}
