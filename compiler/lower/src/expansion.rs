//! How large a schema is when its references are written out. A validator follows every reference each time it meets one, so a small
//! schema whose parts refer to each other twice doubles its work with every step; one that refers to itself never ends.

use catalyst_source::KeyPath;
use serde_json::Value;
use std::collections::BTreeMap;

/// The most nodes that a schema may have with its references written out.
const MOST_NODES: usize = 20_000;

/// How many references may lead to each other.
const DEEPEST: usize = 64;

/// Keywords that hold data, not schemas.
const DATA: &[&str] = &["const", "default", "enum", "examples"];

/// Keywords that hold schemas by name.
const NAMED: &[&str] = &["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"];

/// Checks a schema. An error is the path of the reference or of the part at fault, and what is wrong with it.
pub(crate) fn check(document: &Value) -> Result<(), (KeyPath, String)> {
    let mut walk = Walk { document, known: BTreeMap::new(), open: Vec::new() };
    walk.size(document, &KeyPath::root()).map(|_| ())
}

struct Walk<'d> {
    document: &'d Value,
    /// Sizes of what references lead to, by reference.
    known: BTreeMap<&'d str, usize>,
    /// References that are being followed.
    open: Vec<&'d str>,
}

impl<'d> Walk<'d> {
    fn size(&mut self, node: &'d Value, path: &KeyPath) -> Result<usize, (KeyPath, String)> {
        let mut size = 1_usize;
        match node {
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    size += self.size(item, &path.index(at))?;
                }
            }
            Value::Object(map) => {
                for (key, below) in map {
                    let at = path.key(key);
                    size += match (key.as_str(), below) {
                        ("$ref", Value::String(target)) => self.target(target, &at)?,
                        ("$dynamicRef" | "$recursiveRef", Value::String(_)) => {
                            return Err((at, format!("`{key}` is not followed; write `$ref`")));
                        }
                        (key, Value::Object(named)) if NAMED.contains(&key) => {
                            let mut sum = 1;
                            for (name, schema) in named {
                                sum += self.size(schema, &at.key(name))?;
                            }
                            sum
                        }
                        (key, _) if DATA.contains(&key) => 1,
                        _ => self.size(below, &at)?,
                    };
                }
            }
            _ => {}
        }
        if size > MOST_NODES {
            let message = format!("with its references written out, it has more than {MOST_NODES} parts");
            return Err((path.clone(), message));
        }
        Ok(size)
    }

    fn target(&mut self, target: &'d str, at: &KeyPath) -> Result<usize, (KeyPath, String)> {
        if let Some(size) = self.known.get(target) {
            return Ok(*size);
        }
        if self.open.contains(&target) {
            return Err((at.clone(), format!("`{target}` leads back to itself")));
        }
        let refused = |message: String| Err((at.clone(), message));
        if self.open.len() == DEEPEST {
            return refused(format!("more than {DEEPEST} references lead from one to the next"));
        }
        let Some(pointer) = target.strip_prefix('#') else {
            return refused(format!("`{target}` is another document, and none is fetched"));
        };
        let Some(node) = self.document.pointer(pointer) else {
            return refused(format!("`{target}` leads to nothing"));
        };
        self.open.push(target);
        let size = self.size(node, at)?;
        self.open.pop();
        self.known.insert(target, size);
        Ok(size)
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use serde_json::{Value, json};

    fn message(schema: Value) -> String {
        check(&schema).err().map(|(path, message)| format!("{path}: {message}")).unwrap_or_default()
    }

    #[test]
    fn references_lead_somewhere_and_end() {
        assert_eq!(
            message(json!({ "$defs": { "a": {} }, "properties": { "x": { "$ref": "#/$defs/a" } } })),
            ""
        );
        assert_eq!(message(json!({ "properties": { "$ref": { "type": "string" } } })), "");
        assert_eq!(message(json!({ "properties": { "x": { "default": { "$ref": "#/no" } } } })), "");
        let wrong = [
            (json!({ "$ref": "#/$defs/a" }), "leads to nothing"),
            (json!({ "$ref": "https://schemas.omani.works/a" }), "none is fetched"),
            (json!({ "$ref": "#" }), "leads back to itself"),
            (json!({ "$dynamicRef": "#a" }), "is not followed"),
            (
                json!({ "$defs": { "a": { "$ref": "#/$defs/b" }, "b": { "$ref": "#/$defs/a" } } }),
                "leads back to itself",
            ),
        ];
        for (schema, expected) in wrong {
            let found = message(schema);
            assert!(found.contains(expected), "{expected}: {found}");
        }
    }

    #[test]
    fn what_doubles_with_every_step_is_refused() {
        let mut defs = serde_json::Map::new();
        for step in 0..40 {
            let next = json!({ "$ref": format!("#/$defs/a{}", step + 1) });
            defs.insert(format!("a{step}"), json!({ "allOf": [next, next] }));
        }
        defs.insert("a40".into(), json!({ "type": "string" }));
        assert!(message(json!({ "$defs": defs })).contains("more than"));
    }
}
