//! The image layout: a folder that holds artefacts by digest, and an index of them. The same files, in one fixed order, make an archive.

use super::{Descriptor, Index, Manifest, OciError, media};
use crate::Digest;
use catalyst_source::TreePath;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The file that says that a folder is a layout.
pub const LAYOUT_FILE: &str = "oci-layout";
/// Its content.
pub const LAYOUT_TEXT: &str = r#"{"imageLayoutVersion":"1.0.0"}"#;
/// The file that lists the artefacts.
pub const INDEX_FILE: &str = "index.json";
/// The folder of the blobs.
pub const BLOBS: &str = "blobs/sha256";

/// Where a blob stands in a layout.
pub fn blob_path(digest: &Digest) -> TreePath {
    // Made of digits, whatever the digest.
    TreePath::new(&format!("{BLOBS}/{}", digest.hex())).unwrap_or_else(|error| unreachable!("{error}"))
}

/// A layout in memory, as it is put together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// What it lists.
    pub index: Index,
    /// Its blobs. The same blob is there once, whoever needs it.
    pub blobs: BTreeMap<Digest, Arc<[u8]>>,
}

impl Layout {
    /// Adds a blob.
    pub fn add(&mut self, media_type: &str, bytes: impl Into<Arc<[u8]>>) -> Descriptor {
        let bytes = bytes.into();
        let descriptor = Descriptor::of(media_type, &bytes);
        self.blobs.insert(descriptor.digest, bytes);
        descriptor
    }

    /// Adds a manifest. Its blobs have to be added too.
    pub fn add_manifest(&mut self, manifest: &Manifest) -> Descriptor {
        let mut descriptor = self.add(media::MANIFEST, manifest.to_bytes());
        descriptor.artifact_type.clone_from(&manifest.artifact_type);
        descriptor
    }

    /// Adds an index as a blob.
    pub fn add_index(&mut self, index: &Index) -> Descriptor {
        let mut descriptor = self.add(media::INDEX, index.to_bytes());
        descriptor.artifact_type.clone_from(&index.artifact_type);
        descriptor
    }

    /// Its files, in the order of an archive: what it is, what it lists, then the blobs by digest.
    pub fn files(&self) -> impl Iterator<Item = (TreePath, Arc<[u8]>)> {
        let path = |name: &str| TreePath::new(name).unwrap_or_else(|error| unreachable!("{error}"));
        let head = [
            (path(LAYOUT_FILE), Arc::from(LAYOUT_TEXT.as_bytes())),
            (path(INDEX_FILE), Arc::from(self.index.to_bytes())),
        ];
        head.into_iter().chain(self.blobs.iter().map(|(digest, bytes)| (blob_path(digest), bytes.clone())))
    }

    /// Reads the file that says that a folder is a layout.
    pub fn check_version(text: &[u8]) -> Result<(), OciError> {
        let json = crate::json::parse(text).map_err(OciError::Json)?;
        match json["imageLayoutVersion"].as_str() {
            Some("1.0.0") => Ok(()),
            _ => Err(OciError::Field("imageLayoutVersion")),
        }
    }
}
