//! Bundles on disk: a folder that is an image layout, or the same in one archive.

use catalyst_bundle::archive::TarError;
use catalyst_bundle::oci::{Content, Index, LAYOUT_FILE, Layout, Stretch, media};
use catalyst_bundle::release::{Flaw, RELEASE, ReadFailure, layout_tar, read_layout, read_layout_tar, take};
use catalyst_bundle::{Digest, Digester};
use catalyst_system::{
    Delivery, Foreign, IoError, IoErrorKind, Part, Sink, list_plain, names, read_file, write_named_from,
};
use std::fmt;
use std::path::Path;

const INDEX_FILE: &str = "index.json";
/// Bytes that are read at once.
const PIECE: usize = 256 << 10;
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

impl From<TarError> for BundleError {
    fn from(error: TarError) -> Self {
        BundleError::Tar(error)
    }
}

impl From<Flaw> for BundleError {
    fn from(flaw: Flaw) -> Self {
        BundleError::Flaw(flaw)
    }
}

impl From<IoError> for BundleError {
    fn from(error: IoError) -> Self {
        BundleError::Io(error)
    }
}

/// Reads a bundle. All digests of blobs are compared; how they fit together is for [`catalyst_bundle::release::Release::read`]. What is large
/// stays on the disk, where it must not be changed as long as the layout is used.
pub fn read_bundle(path: &Path) -> Result<Layout, BundleError> {
    if names(path).is_none() {
        let mut input = Part::open(path, 0, u64::MAX)?;
        let read = read_layout_tar(&mut input, Some(path));
        return read.map_err(|failure| failed(failure, &input));
    }
    let mut files = Vec::new();
    for below in list_plain(path)? {
        let file = path.join(below.as_str());
        let mut input = Part::open(&file, 0, u64::MAX)?;
        let size = input.size();
        let taken = take(&mut input, size, Some((&file, 0))).map_err(|failure| failed(failure, &input))?;
        files.push((below, taken));
    }
    read_layout(files).map_err(BundleError::Flaw)
}

fn failed(failure: ReadFailure, input: &Part) -> BundleError {
    match failure {
        ReadFailure::Flaw(flaw) => BundleError::Flaw(flaw),
        ReadFailure::Io(error) => BundleError::Io(input.error(&error)),
    }
}

/// The bytes of a blob that is not held, compared with its digest.
pub(crate) fn read_far(digest: &Digest, stretch: &Stretch) -> Result<Vec<u8>, BundleError> {
    let mut bytes = Vec::new();
    pour(digest, stretch, |piece| {
        bytes.extend_from_slice(piece);
        Ok(())
    })?;
    Ok(bytes)
}

/// Gives a blob that is not held, piece by piece; the error at the end says that it was another one.
fn pour(
    digest: &Digest,
    stretch: &Stretch,
    mut put: impl FnMut(&[u8]) -> Result<(), BundleError>,
) -> Result<(), BundleError> {
    let mut input = Part::open(&stretch.file, stretch.start, stretch.size)?;
    let mut digester = Digester::default();
    let mut buffer = vec![0; PIECE];
    loop {
        let got = input.piece(&mut buffer)?;
        if got == 0 {
            break;
        }
        digester.update(&buffer[..got]);
        put(&buffer[..got])?;
    }
    if digester.finish() == *digest { Ok(()) } else { Err(BundleError::Flaw(Flaw::BlobDigest(*digest))) }
}

fn put_content(sink: &mut Sink<'_>, content: Content<'_>) -> Result<(), BundleError> {
    match content {
        Content::Held(bytes) => Ok(sink.write(&bytes)?),
        Content::Far(digest, stretch) => pour(&digest, stretch, |piece| Ok(sink.write(piece)?)),
    }
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
        return write_named_from(path, |sink| layout_tar(layout, |content| put_content(sink, content)));
    }
    let delivery = Delivery::begin(path)?;
    if !may_replace(path) {
        return Err(refused("the folder holds something else than a bundle").into());
    }
    for (file, content) in layout.files() {
        delivery.write_from(&file, |sink| put_content(sink, content))?;
    }
    delivery.commit(Foreign::Drop)?;
    Ok(())
}
