//! Secrets whose values are drawn: kept as ciphertext that SOPS made, and written as that.
//!
//! Only `data` and `stringData` are encrypted, and only they are under the code that SOPS checks, so that the rest of the object is what the chart
//! says today. What is not drawn in them is known to whoever has the chart; a digest over it says whether the ciphertext still fits.

use super::frame::Frame;
use crate::pairs::ObjectKey;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use catalyst_plan::digest;
use catalyst_source::KeyPath;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The parts of a Secret that hold values.
pub(super) const PARTS: [&str; 2] = ["data", "stringData"];
/// What a value starts with that SOPS encrypted.
const ENCRYPTED: &str = "ENC[AES256_GCM,";

/// The values of a Secret, encrypted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sealed {
    /// Which of them are drawn.
    pub drawn: Vec<KeyPath>,
    /// Digest of what is not.
    pub beside: String,
    /// `data`, `stringData` and `sops` of the Secret.
    pub parts: Map<String, Value>,
}

/// A Secret that is to be encrypted. It holds values in clear: it is printed and written nowhere.
#[derive(Clone)]
pub struct Unsealed {
    /// The Secret.
    pub key: ObjectKey,
    /// The file that makes it.
    pub file: catalyst_source::TreePath,
    /// What [`Sealed`] keeps of it beside the values.
    frame: (Vec<KeyPath>, String),
    parts: Map<String, Value>,
}

impl Unsealed {
    /// What SOPS is to encrypt, as JSON: the object with its values and nothing else.
    pub fn manifest(&self) -> String {
        let mut manifest = json!({ "apiVersion": "v1", "kind": "Secret" });
        if let Value::Object(manifest) = &mut manifest {
            manifest.extend(self.parts.clone());
        }
        manifest.to_string()
    }

    /// The Secret as SOPS gave it back; nothing when some value is not encrypted.
    pub fn sealed(self, answer: &Value) -> Option<Sealed> {
        let mut parts = Map::new();
        for (part, values) in &self.parts {
            let (values, given) = (values.as_object()?, answer.get(part)?.as_object()?);
            let is_sealed = values.keys().eq(given.keys()) && given.values().all(is_encrypted);
            parts.insert(part.clone(), Some(answer.get(part)?.clone()).filter(|_| is_sealed)?);
        }
        let sops = answer.get("sops").filter(|it| it["mac"].is_string())?;
        parts.insert("sops".to_owned(), sops.clone());
        Some(Sealed { drawn: self.frame.0, beside: self.frame.1, parts })
    }
}

/// SOPS leaves nothing but empty values as they are.
fn is_encrypted(value: &Value) -> bool {
    value.as_str().is_some_and(|it| it.is_empty() || it.starts_with(ENCRYPTED))
}

impl Sealed {
    /// Whom it is encrypted for.
    pub fn recipients(&self) -> BTreeSet<&str> {
        let age = self.parts.get("sops").and_then(|it| it["age"].as_array()).into_iter().flatten();
        age.filter_map(|it| it["recipient"].as_str()).collect()
    }

    /// Puts the ciphertext into the Secret.
    pub(super) fn put(&self, secret: &mut Value) {
        let Some(secret) = secret.as_object_mut() else { return };
        for part in PARTS {
            secret.shift_remove(part);
        }
        secret.extend(self.parts.clone());
    }
}

/// The Secret of two renders that is to be encrypted, with the values of the first; nothing when its keys are drawn.
pub(super) fn unsealed(
    key: ObjectKey,
    file: &catalyst_source::TreePath,
    first: &Value,
    second: &Value,
) -> Option<Unsealed> {
    let keys = |value: &Value, part: &str| {
        value.get(part).and_then(Value::as_object).map(|it| it.keys().cloned().collect::<BTreeSet<_>>())
    };
    if PARTS.iter().any(|part| keys(first, part) != keys(second, part)) {
        return None;
    }
    let filled = |part: &&&str| first.get(**part).and_then(Value::as_object).is_some_and(|it| !it.is_empty());
    let parts = PARTS.iter().filter(filled).map(|part| {
        let values: BTreeMap<&String, &Value> = first[*part].as_object().into_iter().flatten().collect();
        ((*part).to_owned(), json!(values))
    });
    Some(Unsealed { key, file: file.clone(), frame: frame(first, second), parts: parts.collect() })
}

/// Which values of a Secret are drawn, and a digest of everything in it that is not.
pub(super) fn frame(first: &Value, second: &Value) -> (Vec<KeyPath>, String) {
    let mut drawn = Vec::new();
    let mut beside = Vec::new();
    for part in PARTS {
        let of = |value: &Value| value.get(part).and_then(Value::as_object).cloned().unwrap_or_default();
        let (first, second) = (of(first), of(second));
        let keys: BTreeSet<&String> = first.keys().chain(second.keys()).collect();
        for key in keys {
            let path = KeyPath::root().key(part).key(key);
            let (a, b) = (first.get(key), second.get(key));
            let frame = if a == b {
                json!([path.to_string(), a])
            } else {
                let (a, b) = (clear(part, a), clear(part, b));
                json!([path.to_string(), "drawn", Frame::of(&a, &b).text()])
            };
            if a != b {
                drawn.push(path);
            }
            beside.push(frame);
        }
    }
    (drawn, digest(Value::Array(beside).to_string().as_bytes()))
}

/// The text of a value: that of `data` stands in Base64.
pub(super) fn clear(part: &str, value: Option<&Value>) -> String {
    let text = match value {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let bytes = Some(&text).filter(|_| part == "data").and_then(|it| STANDARD.decode(it).ok());
    bytes.map_or(text, |bytes| String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::object;

    fn secret(password: &str, user: &str) -> Value {
        let config = STANDARD.encode(format!("user {user}\npassword {password}\n"));
        object(
            "Secret/web",
            json!({ "data": { "conf": config, "user": user }, "stringData": { "p": password } }),
        )
        .value
    }

    fn of(first: &Value, second: &Value) -> Unsealed {
        let file = catalyst_source::TreePath::new("a").unwrap();
        let key = ObjectKey {
            kind: "Secret".into(),
            namespace: String::new(),
            name: crate::pairs::ObjectName::Given("web".into()),
        };
        unsealed(key, &file, first, second).unwrap()
    }

    #[test]
    fn what_is_not_drawn_decides_whether_a_seal_fits() {
        let (drawn, beside) = frame(&secret("one", "u"), &secret("two", "u"));
        let shown: Vec<String> = drawn.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["data.conf", "stringData.p"]);
        assert_eq!(beside, frame(&secret("three.3", "u"), &secret("four", "u")).1);
        assert_ne!(beside, frame(&secret("one", "v"), &secret("two", "v")).1);
    }

    #[test]
    fn only_what_is_encrypted_is_a_seal() {
        let unsealed = of(&secret("one", ""), &secret("two", ""));
        let seal = |user: &str, sops: Value| {
            let cipher = format!("{ENCRYPTED}x]");
            let answer = json!({ "data": { "conf": cipher, "user": user }, "stringData": { "p": cipher }, "sops": sops });
            unsealed.clone().sealed(&answer)
        };
        let sops = json!({ "mac": "x", "age": [{ "recipient": "age1x" }] });
        let sealed = seal("", sops.clone()).unwrap();
        assert_eq!(sealed.recipients(), ["age1x"].into());
        assert!(seal("clear", sops).is_none() && seal("", json!({})).is_none());
        let mut secret = secret("one", "");
        sealed.put(&mut secret);
        assert!(!secret.to_string().contains("one") && secret["sops"]["mac"] == "x", "{secret}");
        assert_eq!(secret["metadata"]["name"], "web");
    }
}
