//! Bundles on disk: a folder that is an image layout, or the same in one archive.

use catalyst_bundle::archive::TarError;
use catalyst_bundle::oci::{Index, LAYOUT_FILE, Layout, media};
use catalyst_bundle::release::{Flaw, LARGEST_LAYOUT, RELEASE, layout_tar, read_layout, read_layout_tar};
use catalyst_system::{
    Delivery, Foreign, IoError, IoErrorKind, Root, list_plain, names, read_bytes, read_file, write_named,
};
use std::fmt;
use std::path::Path;

const INDEX_FILE: &str = "index.json";
/// Most bytes of it that are read.
const MOST_INDEX: u64 = 64 << 20;

/// Why a bundle was not read or written.
#[derive(Debug)]
pub enum BundleError {
    /// The system's reason.
    Io(IoError),
    /// What was read is no bundle.
    Flaw(Flaw),
    /// What was to be written does not fit into an archive.
    Tar(TarError),
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BundleError::Io(error) => fmt::Display::fmt(error, f),
            BundleError::Flaw(flaw) => fmt::Display::fmt(flaw, f),
            BundleError::Tar(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl std::error::Error for BundleError {}

impl From<IoError> for BundleError {
    fn from(error: IoError) -> Self {
        BundleError::Io(error)
    }
}

/// Reads a bundle. All digests of blobs are compared; how they fit together is for [`catalyst_bundle::release::Release::read`].
pub fn read_bundle(path: &Path) -> Result<Layout, BundleError> {
    if names(path).is_none() {
        let bytes = read_file(path, LARGEST_LAYOUT as u64)?;
        return read_layout_tar(&bytes).map_err(BundleError::Flaw);
    }
    let root = Root::new(path).map_err(|error| {
        let (action, kind) = ("read", IoErrorKind::Other);
        IoError { action, path: path.to_path_buf(), kind, text: error.to_string() }
    })?;
    let mut files = Vec::new();
    let mut left = LARGEST_LAYOUT as u64;
    for below in list_plain(path)? {
        let (bytes, _) = read_bytes(&root, &below, left).map_err(|error| IoError {
            action: "read",
            path: root.join(&below),
            kind: IoErrorKind::Other,
            text: error.to_string(),
        })?;
        left -= bytes.len() as u64;
        files.push((below, bytes));
    }
    read_layout(files).map_err(BundleError::Flaw)
}

/// Whether a folder is not there, empty, or an image layout whose first entry is a release, with nothing of somebody else beside it.
fn may_replace(folder: &Path) -> bool {
    let Some(names) = names(folder).filter(|it| !it.is_empty()) else { return true };
    let bytes = read_file(&folder.join(INDEX_FILE), MOST_INDEX).unwrap_or_default();
    let index = Index::parse(&bytes, media::INDEX).ok();
    let first = index.as_ref().and_then(|it| it.manifests.first()?.artifact_type.as_deref());
    let is_ours = |name: &String| [LAYOUT_FILE, INDEX_FILE, "blobs"].contains(&name.as_str());
    first == Some(RELEASE) && names.iter().all(is_ours)
}

/// Writes a bundle: to an archive when the name ends in `.tar`, else to a folder, which is replaced as a whole. A folder that holds anything
/// but a bundle is not replaced.
pub fn write_bundle(path: &Path, layout: &Layout) -> Result<(), BundleError> {
    let refused = |text: &str| IoError {
        action: "write the bundle to",
        path: path.to_path_buf(),
        kind: IoErrorKind::Refused,
        text: text.to_owned(),
    };
    if path.extension().is_some_and(|it| it == "tar") {
        let bytes = layout_tar(layout).map_err(BundleError::Tar)?;
        return Ok(write_named(path, &bytes)?);
    }
    let delivery = Delivery::begin(path)?;
    if !may_replace(path) {
        return Err(refused("the folder holds something else than a bundle").into());
    }
    for (file, bytes) in layout.files() {
        delivery.write(&file, &bytes)?;
    }
    delivery.commit(Foreign::Drop)?;
    Ok(())
}
