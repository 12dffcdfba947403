//! JSON that two parties must read alike: one canonical writer (sorted keys, no spaces, raw UTF-8), one strict reader.
//!
//! The reader refuses what readers disagree about: keys that stand twice, anything behind the value, deep nesting.

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// Deepest nesting that is read.
const DEPTH: usize = 64;

/// Why bytes are no JSON that is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError(String);

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for JsonError {}

/// The canonical text of a value.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            text.push('{');
            for (at, (key, item)) in entries.into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write(item, text);
            }
            text.push('}');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

/// Reads one value and nothing behind it.
pub fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    let error = |it: serde_json::Error| JsonError(it.to_string());
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict(0).deserialize(&mut reader).map_err(error)?;
    reader.end().map_err(error)?;
    Ok(value)
}

/// Reads a value at a depth.
struct Strict(usize);

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, it: bool) -> Result<Value, E> {
        Ok(Value::Bool(it))
    }

    fn visit_i64<E>(self, it: i64) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_u64<E>(self, it: u64) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_f64<E: serde::de::Error>(self, it: f64) -> Result<Value, E> {
        Number::from_f64(it).map(Value::Number).ok_or_else(|| E::custom("a number is not finite"))
    }

    fn visit_str<E>(self, it: &str) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Strict(below))? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut map = Map::new();
        while let Some(key) = access.next_key::<Key>()? {
            let value = access.next_value_seed(Strict(below))?;
            if map.contains_key(&key.0) {
                return Err(A::Error::custom(format!("key {:?} stands twice", key.0)));
            }
            map.insert(key.0, value);
        }
        Ok(Value::Object(map))
    }
}

impl Strict {
    fn below<E: serde::de::Error>(&self) -> Result<usize, E> {
        if self.0 < DEPTH { Ok(self.0 + 1) } else { Err(E::custom("nested too deeply")) }
    }
}

#[derive(Deserialize)]
struct Key(String);

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn canonical_text_is_sorted_and_tight() {
        let value = json!({ "b": [1, null, "ü\n\""], "a": { "z": true, "A": -1 }, "": 1.5 });
        assert_eq!(canonical(&value), r#"{"":1.5,"a":{"A":-1,"z":true},"b":[1,null,"ü\n\""]}"#);
        assert_eq!(parse(canonical(&value).as_bytes()), Ok(value));
    }

    #[test]
    fn what_readers_disagree_about_is_refused() {
        for bad in [
            r#"{"a":1,"a":1}"#,
            r#"{"x":{"a":1,"\u0061":2}}"#,
            "{} {}",
            "1 x",
            "",
            "{\"a\":}",
            "\u{feff}{}",
            "1e999",
        ] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(parse(b"\"\xff\"").is_err());
        let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(parse(deep(DEPTH).as_bytes()).is_ok());
        assert!(parse(deep(DEPTH + 1).as_bytes()).is_err());
        assert!(parse(deep(1_000_000).as_bytes()).is_err());
    }
}
