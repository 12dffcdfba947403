//! A manifest: one artefact, its layers, and what it is about.

use super::read::{annotations, document, list, text};
use super::{Descriptor, OciError, media};
use crate::json::canonical;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The kind of artefact, when its config does not say it.
    pub artifact_type: Option<String>,
    /// The config.
    pub config: Descriptor,
    /// The content.
    pub layers: Vec<Descriptor>,
    /// The manifest that this one is about: signatures and attestations have one.
    pub subject: Option<Descriptor>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
}

/// The config of artefacts that have none, and its bytes.
pub fn empty_config() -> (Descriptor, &'static [u8]) {
    (Descriptor::of(media::EMPTY, b"{}"), b"{}")
}

impl Manifest {
    /// A manifest of one layer.
    pub fn new(config: Descriptor, layer: Descriptor) -> Manifest {
        Manifest {
            artifact_type: None,
            config,
            layers: vec![layer],
            subject: None,
            annotations: BTreeMap::new(),
        }
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut json = json!({
            "schemaVersion": 2,
            "mediaType": media::MANIFEST,
            "config": self.config.to_json(),
            "layers": self.layers.iter().map(Descriptor::to_json).collect::<Vec<_>>(),
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

    /// Reads a manifest that a descriptor called by this media type.
    pub fn parse(bytes: &[u8], media_type: &str) -> Result<Manifest, OciError> {
        if !media::is_manifest(media_type) {
            let wanted = media::MANIFEST.to_owned();
            return Err(OciError::MediaType { wanted, found: media_type.to_owned() });
        }
        let object = document(bytes, media_type)?;
        let config = object.get("config").ok_or(OciError::Field("config"))?;
        Ok(Manifest {
            artifact_type: text(&object, "artifactType")?,
            config: Descriptor::from_json(config)?,
            layers: list(&object, "layers")?.iter().map(Descriptor::from_json).collect::<Result<_, _>>()?,
            subject: object
                .get("subject")
                .filter(|it| **it != Value::Null)
                .map(Descriptor::from_json)
                .transpose()?,
            annotations: annotations(&object)?,
        })
    }

    /// Config and layers: the blobs that an artefact consists of.
    pub fn blobs(&self) -> impl Iterator<Item = &Descriptor> {
        std::iter::once(&self.config).chain(&self.layers)
    }
}
