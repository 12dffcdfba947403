//! Values for config that a Blueprint asks for and gives no default: the simplest that the schema names.

use serde_json::{Map, Value, json};

/// Config that holds every property that is required and has no default, and the paths of those properties.
pub(super) fn placeholders(schema: Option<&Value>) -> (Map<String, Value>, Vec<String>) {
    let mut forced = Vec::new();
    let config = schema.map(|it| object(it, "", &mut forced)).unwrap_or_default();
    (config, forced)
}

fn object(schema: &Value, above: &str, forced: &mut Vec<String>) -> Map<String, Value> {
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut out = Map::new();
    for key in required {
        let property = &schema["properties"][key];
        if property.get("default").is_some() {
            continue;
        }
        let path = if above.is_empty() { key.to_owned() } else { format!("{above}.{key}") };
        let value = if property["type"] == "object" {
            Value::Object(object(property, &path, forced))
        } else {
            let value = simplest(property);
            forced.push(path);
            value
        };
        out.insert(key.to_owned(), value);
    }
    out
}

/// A value that the schema shows, or the least of its type.
fn simplest(schema: &Value) -> Value {
    let shown = schema.get("const").or_else(|| schema["examples"].get(0)).or_else(|| schema["enum"].get(0));
    if let Some(value) = shown {
        return value.clone();
    }
    match schema["type"].as_str() {
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        Some("boolean") => json!(false),
        Some("array") => {
            let least = schema["minItems"].as_u64().unwrap_or(0);
            let item = simplest(&schema["items"]);
            Value::Array((0..least).map(|_| item.clone()).collect())
        }
        Some("object") => Value::Object(object(schema, "", &mut Vec::new())),
        _ => json!("change-me"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_required_and_has_no_default_is_given() {
        let schema = json!({
            "type": "object",
            "required": ["host", "size", "mode", "database"],
            "properties": {
                "host": { "type": "string" },
                "size": { "type": "integer", "default": 3 },
                "mode": { "enum": ["fast", "safe"] },
                "title": { "type": "string" },
                "database": {
                    "type": "object",
                    "required": ["replicas", "zones"],
                    "properties": {
                        "replicas": { "type": "integer", "minimum": 2 },
                        "zones": { "type": "array", "minItems": 1, "items": { "type": "string", "examples": ["a"] } },
                    },
                },
            },
        });
        let (config, forced) = placeholders(Some(&schema));
        let expected =
            json!({ "host": "change-me", "mode": "fast", "database": { "replicas": 2, "zones": ["a"] } });
        assert_eq!(Value::Object(config), expected);
        assert_eq!(forced, ["host", "mode", "database.replicas", "database.zones"]);
        assert!(placeholders(None).0.is_empty());
    }
}
