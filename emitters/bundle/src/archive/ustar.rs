//! The tar writer: ustar, sorted, without owner, time or anything else of a machine.

use super::name::path_of;
use super::{Files, Limits};
use catalyst_source::TreePath;
use std::collections::BTreeMap;
use std::fmt;

/// Everything in a tar is a multiple of this.
pub const BLOCK: usize = 512;

/// The end of a tar.
pub const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

/// A file that a ustar header cannot describe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TarError {
    /// Its path has more than 155 bytes of folders, or more than 100 after them.
    NameTooLong(String),
    /// It has 8 GiB or more.
    TooLarge(String),
    /// Its name is one that the reader refuses: not every system reads it alike.
    NotPortable(String),
}

impl fmt::Display for TarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TarError::NameTooLong(name) => {
                write!(f, "`{name}` is too long for an archive: at most 155 bytes, `/`, and 100 bytes")
            }
            TarError::NotPortable(name) => {
                write!(f, "`{name}` is no name that every system reads alike, so it cannot be in an archive")
            }
            TarError::TooLarge(name) => write!(f, "`{name}` is too large for an archive: 8 GiB or more"),
        }
    }
}

impl std::error::Error for TarError {}

/// The tar of a tree. Folders have entries of their own, before what is in them.
pub fn tar(files: &Files) -> Result<Vec<u8>, TarError> {
    // By bytes of the name, folders with their slash: a folder comes before its content.
    let mut entries = BTreeMap::new();
    for (path, file) in files {
        let mut folder = path.parent();
        while let Some(it) = folder {
            folder = it.parent();
            if entries.insert(format!("{it}/"), None).is_some() {
                break;
            }
        }
        entries.insert(path.to_string(), Some(file));
    }
    let size =
        |file: &Option<&super::File>| BLOCK + file.map_or(0, |it| it.bytes.len().next_multiple_of(BLOCK));
    let mut out = Vec::with_capacity(entries.values().map(size).sum::<usize>() + END.len());
    for (name, file) in entries {
        match file {
            None => out.extend(entry(&name, 0, 0o755, b'5')?),
            Some(file) => {
                let mode = if file.executable { 0o755 } else { 0o644 };
                out.extend(entry(&name, file.bytes.len() as u64, mode, b'0')?);
                out.extend(&file.bytes);
                out.extend(padding(file.bytes.len() as u64));
            }
        }
    }
    out.extend(END);
    Ok(out)
}

/// The header of a file that is not run, for who writes a tar piece by piece: header, content, [`padding`], and [`END`] after the last.
pub fn header(path: &TreePath, size: u64) -> Result<[u8; BLOCK], TarError> {
    entry(path.as_str(), size, 0o644, b'0')
}

/// What follows the content of a file.
pub fn padding(size: u64) -> &'static [u8] {
    let over = (size % BLOCK as u64) as usize;
    &END[..if over == 0 { 0 } else { BLOCK - over }]
}

fn entry(name: &str, size: u64, mode: u32, kind: u8) -> Result<[u8; BLOCK], TarError> {
    if !matches!(path_of(name.as_bytes(), &Limits::TREE), Ok(Some(_))) {
        return Err(TarError::NotPortable(name.to_owned()));
    }
    let (prefix, short) = split(name).ok_or_else(|| TarError::NameTooLong(name.to_owned()))?;
    // Eleven octal digits.
    if size >= 1 << 33 {
        return Err(TarError::TooLarge(name.to_owned()));
    }
    let mut block = [0; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, short.as_bytes());
    put(100, format!("{mode:07o}").as_bytes());
    put(108, b"0000000");
    put(116, b"0000000");
    put(124, format!("{size:011o}").as_bytes());
    put(136, b"00000000000");
    put(148, b"        ");
    put(156, &[kind]);
    put(257, b"ustar\x0000");
    put(329, b"0000000");
    put(337, b"0000000");
    put(345, prefix.as_bytes());
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Ok(block)
}

/// Folders and the rest of a name, each as long as a header allows.
fn split(name: &str) -> Option<(&str, &str)> {
    if name.len() <= 100 {
        return Some(("", name));
    }
    // The slash of a folder's own name belongs to the name.
    let inner = name.strip_suffix('/').unwrap_or(name);
    let at = inner.match_indices('/').map(|(at, _)| at).find(|at| name.len() - at - 1 <= 100)?;
    (at <= 155).then(|| (&name[..at], &name[at + 1..]))
}
