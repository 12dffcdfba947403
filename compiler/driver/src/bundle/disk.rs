//! Bundles on disk: a folder that is an image layout, or the same in one archive.

use catalyst_bundle::archive::TarError;
use catalyst_bundle::oci::{LAYOUT_FILE, Layout};
use catalyst_bundle::release::{Flaw, LARGEST_LAYOUT, layout_tar, read_layout, read_layout_tar};
use catalyst_source::TreePath;
use catalyst_system::{
    Delivery, Durability, Foreign, IoError, IoErrorKind, Root, list_tree, make_root, names, read_bytes,
    read_file, write_atomic,
};
use std::fmt;
use std::path::Path;

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
    for (below, _) in list_tree(path)? {
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
        let name = path.file_name().and_then(|it| it.to_str()).and_then(|it| TreePath::new(it).ok());
        let name = name.ok_or_else(|| refused("its name is not text"))?;
        let folder = path.parent().filter(|it| *it != Path::new("")).unwrap_or(Path::new("."));
        return Ok(write_atomic(&make_root(folder)?, &name, &bytes, Durability::Synced)?);
    }
    if names(path).is_some_and(|it| !it.is_empty() && !it.iter().any(|name| name == LAYOUT_FILE)) {
        return Err(refused("the folder holds something else than a bundle").into());
    }
    let delivery = Delivery::begin(path)?;
    for (file, bytes) in layout.files() {
        delivery.write(&file, &bytes)?;
    }
    delivery.commit(Foreign::Drop)?;
    Ok(())
}
