//! The fields of a config schema, one by one.

use catalyst_catalogue::Field;
use serde_json::Value;

/// All fields, those of maps and lists behind the field that holds them.
pub(super) fn fields(schema: &Value) -> Vec<Field> {
    let mut out = Vec::new();
    below(schema, "", &mut out);
    out
}

fn below(schema: &Value, above: &str, out: &mut Vec<Field>) {
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (key, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
        let default = field.get("default").cloned();
        out.push(Field {
            ty: kind(field),
            required: default.is_none() && required.contains(&key.as_str()),
            default,
            description: field["description"].as_str().unwrap_or_default().trim().to_owned(),
            path: path.clone(),
        });
        below(field, &path, out);
        below(&field["items"], &format!("{path}[]"), out);
        below(&field["additionalProperties"], &format!("{path}.*"), out);
    }
}

/// The type for people: `integer, 1 to 5`, `one of a, b`, `list of string`.
fn kind(schema: &Value) -> String {
    if let Some(words) = schema["enum"].as_array() {
        return format!("one of {}", words.iter().map(word).collect::<Vec<_>>().join(", "));
    }
    let ty = match &schema["type"] {
        Value::String(ty) => ty.clone(),
        Value::Array(types) => types.iter().map(word).collect::<Vec<_>>().join(" or "),
        _ => "any".to_owned(),
    };
    match ty.as_str() {
        "array" if schema["items"].is_object() => format!("list of {}", kind(&schema["items"])),
        "array" => "list".to_owned(),
        "object" if schema["additionalProperties"].is_object() => {
            format!("map of {}", kind(&schema["additionalProperties"]))
        }
        "object" => "map".to_owned(),
        _ => match (&schema["minimum"], &schema["maximum"]) {
            (Value::Null, Value::Null) => ty,
            (least, Value::Null) => format!("{ty}, at least {least}"),
            (Value::Null, most) => format!("{ty}, at most {most}"),
            (least, most) => format!("{ty}, {least} to {most}"),
        },
    }
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_of_maps_and_lists_are_named_one_by_one() {
        let schema = json!({
            "type": "object",
            "required": ["host", "replicas"],
            "properties": {
                "host": { "type": "string", "description": "Public name." },
                "replicas": { "type": "integer", "minimum": 1, "maximum": 5, "default": 2 },
                "mode": { "enum": ["fast", "safe", 3] },
                "pools": {
                    "type": "array",
                    "items": { "type": "object", "required": ["name"], "properties": { "name": { "type": ["string", "null"] } } },
                },
                "limits": { "type": "object", "additionalProperties": { "type": "integer", "minimum": 0 } },
            },
        });
        let rows: Vec<String> = fields(&schema)
            .into_iter()
            .map(|it| {
                format!(
                    "{} | {} | {:?} | {}",
                    it.path,
                    it.ty,
                    it.default.map(|it| it.to_string()),
                    it.required
                )
            })
            .collect();
        assert_eq!(
            rows,
            [
                "host | string | None | true",
                "replicas | integer, 1 to 5 | Some(\"2\") | false",
                "mode | one of fast, safe, 3 | None | false",
                "pools | list of map | None | false",
                "pools[].name | string or null | None | true",
                "limits | map of integer, at least 0 | None | false",
            ]
        );
    }
}
