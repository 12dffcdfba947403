//! From files to a layout: a folder of them, or the archive that `catalystc bundle` writes.

use super::{Flaw, LARGEST_LAYOUT};
use crate::Digest;
use crate::archive::{ArchiveError, BLOCK, END, Limits, Refusal, TarError, header, padding, read_entry};
use crate::oci::{INDEX_FILE, Index, LAYOUT_FILE, LAYOUT_TEXT, Layout, blob_path, media};
use catalyst_source::TreePath;

/// The layout in the files of a folder.
pub fn read_layout(files: impl IntoIterator<Item = (TreePath, Vec<u8>)>) -> Result<Layout, Flaw> {
    let mut layout = Layout::default();
    let (mut version, mut index) = (None, None);
    let mut total = 0_usize;
    for (path, bytes) in files {
        total = total.saturating_add(bytes.len());
        if total > LARGEST_LAYOUT {
            return Err(Flaw::TooLarge);
        }
        match path.as_str() {
            LAYOUT_FILE => version = Some(bytes),
            INDEX_FILE => index = Some(bytes),
            _ => {
                let digest = Digest::from_hex(path.file_name()).ok().filter(|it| blob_path(it) == path);
                let digest = digest.ok_or_else(|| Flaw::ForeignFile(path.to_string()))?;
                if Digest::of(&bytes) != digest {
                    return Err(Flaw::BlobDigest(digest));
                }
                layout.blobs.insert(digest, bytes.into());
            }
        }
    }
    if version.as_deref() != Some(LAYOUT_TEXT.as_bytes()) {
        return Err(Flaw::NotALayout);
    }
    let index = index.ok_or(Flaw::NotALayout)?;
    layout.index = Index::parse(&index, media::INDEX).map_err(Flaw::LayoutIndex)?;
    if layout.index.to_bytes() != index {
        return Err(Flaw::IndexForm);
    }
    Ok(layout)
}

/// The archive of a layout.
pub fn layout_tar(layout: &Layout) -> Result<Vec<u8>, TarError> {
    let mut out = Vec::new();
    for (path, bytes) in layout.files() {
        out.extend(header(&path, bytes.len() as u64)?);
        out.extend(&*bytes);
        out.extend(padding(bytes.len() as u64));
    }
    out.extend(END);
    Ok(out)
}

/// The layout in an archive, which has to be the very one that is written: no other header, order or end.
pub fn read_layout_tar(bytes: &[u8]) -> Result<Layout, Flaw> {
    let limits =
        Limits { unpacked: LARGEST_LAYOUT, file: LARGEST_LAYOUT, entries: 100_000, depth: 3, ratio: 1 };
    let mut files = Vec::new();
    let mut rest = bytes;
    while let Some((path, content, after)) = read_entry(rest, &limits)? {
        let size = content.len() as u64;
        let form = header(&path, size).map_err(|_| Flaw::ArchiveForm)?;
        if rest[..BLOCK] != form || rest.len() - after.len() != BLOCK + content.len() + padding(size).len() {
            return Err(Flaw::ArchiveForm);
        }
        if files.len() == limits.entries {
            return Err(Flaw::TooLarge);
        }
        files.push((path, content.to_vec()));
        rest = after;
    }
    if rest.len() > END.len() {
        return Err(ArchiveError { refusal: Refusal::TrailingData, entry: None }.into());
    }
    if !files.windows(2).all(|pair| place(&pair[0].0) < place(&pair[1].0)) {
        return Err(Flaw::ArchiveForm);
    }
    read_layout(files)
}

/// Where a file stands in an archive.
fn place(path: &TreePath) -> (u8, &TreePath) {
    let first = match path.as_str() {
        LAYOUT_FILE => 0,
        INDEX_FILE => 1,
        _ => 2,
    };
    (first, path)
}
