//! An index: a list of manifests and further indexes.

use super::read::{annotations, document, list, text};
use super::{Descriptor, OciError, media};
use crate::json::canonical;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Index {
    /// The kind of artefact.
    pub artifact_type: Option<String>,
    /// What it lists, in its order.
    pub manifests: Vec<Descriptor>,
    /// What it is about.
    pub subject: Option<Descriptor>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
}

impl Index {
    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut json = json!({
            "schemaVersion": 2,
            "mediaType": media::INDEX,
            "manifests": self.manifests.iter().map(Descriptor::to_json).collect::<Vec<_>>(),
        });
        if let Some(artifact_type) = &self.artifact_type {
            json["artifactType"] = artifact_type.as_str().into();
        }
        if let Some(subject) = &self.subject {
            json["subject"] = subject.to_json();
        }
        if !self.annotations.is_empty() {
            json["annotations"] = json!(self.annotations);
        }
        canonical(&json).into_bytes()
    }

    /// Reads an index that a descriptor called by this media type.
    pub fn parse(bytes: &[u8], media_type: &str) -> Result<Index, OciError> {
        if !media::is_index(media_type) {
            let wanted = media::INDEX.to_owned();
            return Err(OciError::MediaType { wanted, found: media_type.to_owned() });
        }
        let object = document(bytes, media_type)?;
        let manifests = list(&object, "manifests")?;
        Ok(Index {
            artifact_type: text(&object, "artifactType")?,
            manifests: manifests.iter().map(Descriptor::from_json).collect::<Result<_, _>>()?,
            subject: object
                .get("subject")
                .filter(|it| **it != Value::Null)
                .map(Descriptor::from_json)
                .transpose()?,
            annotations: annotations(&object)?,
        })
    }
}
