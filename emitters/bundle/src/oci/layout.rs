//! The image layout: a folder that holds artefacts by digest, and an index of them. The same files, in one fixed order, make an archive.

use super::{Descriptor, Index, Manifest, OciError, media};
use crate::Digest;
use catalyst_source::TreePath;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;
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

/// The part of a file that holds a blob. The blob was compared with its digest; whoever reads it later compares again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The file.
    pub file: PathBuf,
    /// The first byte.
    pub start: u64,
    /// How many there are.
    pub size: u64,
}

/// Content of a layout's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content<'a> {
    /// It is here.
    Held(Cow<'a, [u8]>),
    /// It is a blob that is elsewhere.
    Far(Digest, &'a Stretch),
}

impl Content<'_> {
    /// How many bytes.
    pub fn size(&self) -> u64 {
        match self {
            Content::Held(bytes) => bytes.len() as u64,
            Content::Far(_, stretch) => stretch.size,
        }
    }
}

/// A layout: what is small is in memory, what is large may stand in files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// What it lists.
    pub index: Index,
    /// Its blobs. The same blob is there once, whoever needs it.
    pub blobs: BTreeMap<Digest, Arc<[u8]>>,
    /// Blobs that are not in memory, and in `blobs` neither.
    pub far: BTreeMap<Digest, Stretch>,
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

    /// Whether it has a blob.
    pub fn has(&self, digest: &Digest) -> bool {
        self.blobs.contains_key(digest) || self.far.contains_key(digest)
    }

    /// The size of a blob.
    pub fn size(&self, digest: &Digest) -> Option<u64> {
        let far = || self.far.get(digest).map(|it| it.size);
        self.blobs.get(digest).map(|it| it.len() as u64).or_else(far)
    }

    /// How many blobs there are, and their bytes.
    pub fn extent(&self) -> (usize, u64) {
        let held: u64 = self.blobs.values().map(|it| it.len() as u64).sum();
        let far: u64 = self.far.values().map(|it| it.size).sum();
        (self.blobs.len() + self.far.len(), held + far)
    }

    /// Keeps only some blobs.
    pub fn retain(&mut self, keep: impl Fn(&Digest) -> bool) {
        self.blobs.retain(|digest, _| keep(digest));
        self.far.retain(|digest, _| keep(digest));
    }

    /// Its files, in the order of an archive: what it is, what it lists, then the blobs by digest.
    pub fn files(&self) -> impl Iterator<Item = (TreePath, Content<'_>)> {
        let path = |name: &str| TreePath::new(name).unwrap_or_else(|error| unreachable!("{error}"));
        let head = [
            (path(LAYOUT_FILE), Content::Held(LAYOUT_TEXT.as_bytes().into())),
            (path(INDEX_FILE), Content::Held(self.index.to_bytes().into())),
        ];
        let held = self.blobs.iter().map(|(digest, bytes)| (*digest, Content::Held(bytes[..].into())));
        let far = self.far.iter().map(|(digest, stretch)| (*digest, Content::Far(*digest, stretch)));
        let blobs: BTreeMap<Digest, Content<'_>> = far.chain(held).collect();
        head.into_iter().chain(blobs.into_iter().map(|(digest, content)| (blob_path(&digest), content)))
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
