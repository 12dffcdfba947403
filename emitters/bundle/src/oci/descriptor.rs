//! A descriptor: what another document is, how large it is, and its digest.

use super::OciError;
use super::read::{Object, annotations, text};
use crate::Digest;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A reference to a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    /// What the blob is.
    pub media_type: String,
    /// Its digest.
    pub digest: Digest,
    /// Its bytes.
    pub size: u64,
    /// The artefact that a manifest holds, where an index lists it.
    pub artifact_type: Option<String>,
    /// The system that an image is for, as the document has it.
    pub platform: Option<Value>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
}

impl Descriptor {
    /// The descriptor of bytes.
    pub fn of(media_type: &str, bytes: &[u8]) -> Descriptor {
        Descriptor {
            media_type: media_type.to_owned(),
            digest: Digest::of(bytes),
            size: bytes.len() as u64,
            artifact_type: None,
            platform: None,
            annotations: BTreeMap::new(),
        }
    }

    /// The same with one annotation more.
    #[must_use]
    pub fn annotated(mut self, key: &str, value: impl Into<String>) -> Descriptor {
        self.annotations.insert(key.to_owned(), value.into());
        self
    }

    /// The same without what an index says about it: as a subject or a config.
    #[must_use]
    pub fn bare(&self) -> Descriptor {
        Descriptor {
            artifact_type: None,
            platform: None,
            annotations: BTreeMap::new(),
            media_type: self.media_type.clone(),
            ..*self
        }
    }

    /// As JSON.
    pub fn to_json(&self) -> Value {
        let mut json = json!({
            "mediaType": self.media_type,
            "digest": self.digest.to_string(),
            "size": self.size,
        });
        if let Some(artifact_type) = &self.artifact_type {
            json["artifactType"] = artifact_type.as_str().into();
        }
        if let Some(platform) = &self.platform {
            json["platform"] = platform.clone();
        }
        if !self.annotations.is_empty() {
            json["annotations"] = json!(self.annotations);
        }
        json
    }

    /// Reads JSON. Content that stands elsewhere (`urls`) or in the descriptor (`data`) is refused.
    pub fn from_json(json: &Value) -> Result<Descriptor, OciError> {
        let object: &Object = json.as_object().ok_or(OciError::Field("digest"))?;
        if let Some(field) = ["urls", "data"].into_iter().find(|it| object.contains_key(*it)) {
            return Err(OciError::Foreign(field));
        }
        let digest = text(object, "digest")?.ok_or(OciError::Field("digest"))?;
        Ok(Descriptor {
            media_type: text(object, "mediaType")?.ok_or(OciError::Field("mediaType"))?,
            digest: Digest::parse(&digest).map_err(OciError::Digest)?,
            size: object.get("size").and_then(Value::as_u64).ok_or(OciError::Field("size"))?,
            artifact_type: text(object, "artifactType")?,
            platform: object.get("platform").cloned(),
            annotations: annotations(object)?,
        })
    }
}
