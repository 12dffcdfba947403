//! From files to a layout and back: a folder of them, or the archive that `catalystc bundle` writes. What is large is looked at piece by
//! piece and stays where it is.

use super::{Flaw, LARGEST_LAYOUT};
use crate::archive::{ArchiveError, BLOCK, END, Limits, Refusal, TarError, header, padding, read_header};
use crate::oci::{
    Content, INDEX_FILE, Index, LARGEST_MANIFEST, LAYOUT_FILE, LAYOUT_TEXT, Layout, Stretch, blob_path, media,
};
use crate::{Digest, Digester};
use catalyst_source::TreePath;
use std::fmt;
use std::io::Read;
use std::path::Path;

/// Blobs up to this size are held in memory, whatever they are.
const SMALL: u64 = 64 << 10;
/// Most entries of an archive.
const MOST_ENTRIES: usize = 100_000;

/// Why a layout was not read.
#[derive(Debug)]
pub enum ReadFailure {
    /// What was read is none.
    Flaw(Flaw),
    /// Nothing can be read.
    Io(std::io::Error),
}

impl fmt::Display for ReadFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadFailure::Flaw(flaw) => fmt::Display::fmt(flaw, f),
            ReadFailure::Io(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl std::error::Error for ReadFailure {}

impl From<Flaw> for ReadFailure {
    fn from(flaw: Flaw) -> Self {
        ReadFailure::Flaw(flaw)
    }
}

impl From<ArchiveError> for ReadFailure {
    fn from(error: ArchiveError) -> Self {
        ReadFailure::Flaw(error.into())
    }
}

/// A file of a layout, as far as it is held in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// All of it.
    Held(Vec<u8>),
    /// Its digest, and where it is.
    Far(Digest, Stretch),
}

/// Takes the next bytes of an input. What may be a document, and what is small, is held; the rest is only looked at when it is known where to find
/// it again: in this file, from this byte on.
pub fn take(input: &mut dyn Read, size: u64, at: Option<(&Path, u64)>) -> Result<Taken, ReadFailure> {
    let mut first = Vec::new();
    input.take(size.min(SMALL)).read_to_end(&mut first).map_err(ReadFailure::Io)?;
    let short = || ReadFailure::from(ArchiveError { refusal: Refusal::Truncated, entry: None });
    if first.len() as u64 != size.min(SMALL) {
        return Err(short());
    }
    // Manifests, indexes and documents of a release are JSON.
    let is_held = size <= SMALL || at.is_none() || (size <= LARGEST_MANIFEST && first.first() == Some(&b'{'));
    let rest = size - first.len() as u64;
    if is_held {
        if size > LARGEST_LAYOUT as u64 {
            return Err(Flaw::TooLarge.into());
        }
        input.take(rest).read_to_end(&mut first).map_err(ReadFailure::Io)?;
        return if first.len() as u64 == size { Ok(Taken::Held(first)) } else { Err(short()) };
    }
    let mut digester = Digester::default();
    digester.update(&first);
    if std::io::copy(&mut input.take(rest), &mut digester).map_err(ReadFailure::Io)? != rest {
        return Err(short());
    }
    let (file, start) = at.unwrap_or((Path::new(""), 0));
    Ok(Taken::Far(digester.finish(), Stretch { file: file.to_path_buf(), start, size }))
}

/// The layout in the files of a folder.
pub fn read_layout(files: impl IntoIterator<Item = (TreePath, Taken)>) -> Result<Layout, Flaw> {
    let mut layout = Layout::default();
    let (mut version, mut index) = (None, None);
    let mut total = 0_usize;
    for (path, file) in files {
        if let Taken::Held(bytes) = &file {
            total = total.saturating_add(bytes.len());
            if total > LARGEST_LAYOUT {
                return Err(Flaw::TooLarge);
            }
        }
        match (path.as_str(), file) {
            (LAYOUT_FILE, Taken::Held(bytes)) => version = Some(bytes),
            (INDEX_FILE, Taken::Held(bytes)) => index = Some(bytes),
            (LAYOUT_FILE, Taken::Far(..)) => return Err(Flaw::NotALayout),
            (INDEX_FILE, Taken::Far(..)) => return Err(Flaw::TooLarge),
            (_, file) => {
                let digest = Digest::from_hex(path.file_name()).ok().filter(|it| blob_path(it) == path);
                let digest = digest.ok_or_else(|| Flaw::ForeignFile(path.to_string()))?;
                match file {
                    Taken::Held(bytes) if Digest::of(&bytes) == digest => {
                        layout.blobs.insert(digest, bytes.into());
                    }
                    Taken::Far(found, stretch) if found == digest => {
                        layout.far.insert(digest, stretch);
                    }
                    _ => return Err(Flaw::BlobDigest(digest)),
                }
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

/// Writes the archive of a layout, piece by piece.
pub fn layout_tar<E: From<TarError>>(
    layout: &Layout,
    mut put: impl FnMut(Content<'_>) -> Result<(), E>,
) -> Result<(), E> {
    for (path, content) in layout.files() {
        let size = content.size();
        put(Content::Held(header(&path, size)?.as_slice().into()))?;
        put(content)?;
        put(Content::Held(padding(size).into()))?;
    }
    put(Content::Held(END.as_slice().into()))
}

/// The layout in an archive, which has to be the very one that is written: no other header, order or end. `file` is the file that is read, where
/// it is one: what is large stays in it.
pub fn read_layout_tar(input: &mut dyn Read, file: Option<&Path>) -> Result<Layout, ReadFailure> {
    // Names are at most three deep; sizes are those of the headers, and nothing is kept that is not there.
    let limits = Limits { unpacked: usize::MAX, file: usize::MAX, entries: MOST_ENTRIES, depth: 3, ratio: 1 };
    let mut files = Vec::new();
    let mut held = 0_u64;
    let mut at = 0_u64;
    loop {
        let block = block(input)?;
        if block.iter().all(|byte| *byte == 0) {
            break;
        }
        let (path, size) = read_header(&block, &limits)?;
        at += BLOCK as u64;
        let taken = take(input, size, file.map(|it| (it, at))).map_err(|error| named(error, &path))?;
        let mut after = vec![0; padding(size).len()];
        fill(input, &mut after).map_err(|error| named(error, &path))?;
        if after.iter().any(|byte| *byte != 0) {
            return Err(refused(Refusal::TrailingData, Some(&path)));
        }
        at += size + after.len() as u64;
        if !matches!(header(&path, size), Ok(form) if form == block) {
            return Err(Flaw::ArchiveForm.into());
        }
        held += if matches!(taken, Taken::Held(_)) { size } else { 0 };
        if files.len() == MOST_ENTRIES || held > LARGEST_LAYOUT as u64 {
            return Err(Flaw::TooLarge.into());
        }
        files.push((path, taken));
    }
    // The second empty block, and nothing after it.
    if block(input)?.iter().any(|byte| *byte != 0) {
        return Err(refused(Refusal::BadHeader, None));
    }
    if input.read(&mut [0]).map_err(ReadFailure::Io)? != 0 {
        return Err(refused(Refusal::TrailingData, None));
    }
    if !files.windows(2).all(|pair| place(&pair[0].0) < place(&pair[1].0)) {
        return Err(Flaw::ArchiveForm.into());
    }
    Ok(read_layout(files)?)
}

fn block(input: &mut dyn Read) -> Result<[u8; BLOCK], ReadFailure> {
    let mut block = [0; BLOCK];
    fill(input, &mut block)?;
    Ok(block)
}

fn fill(input: &mut dyn Read, buffer: &mut [u8]) -> Result<(), ReadFailure> {
    input.read_exact(buffer).map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => refused(Refusal::Truncated, None),
        _ => ReadFailure::Io(error),
    })
}

fn refused(refusal: Refusal, path: Option<&TreePath>) -> ReadFailure {
    ArchiveError { refusal, entry: path.map(ToString::to_string) }.into()
}

/// The same error with the entry that it is about.
fn named(error: ReadFailure, path: &TreePath) -> ReadFailure {
    match error {
        ReadFailure::Flaw(Flaw::Archive(error)) => refused(error.refusal, Some(path)),
        other => other,
    }
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
