//! Trees of files as tar and gzip.
//!
//! Writing: [`tar`] and [`gzip`] give the same bytes everywhere; the version of the compressor is pinned, and a test knows its output.
//! Reading: [`read_tgz`] and [`read_tar`] take regular files and folders, and refuse everything else with the reason. Nothing is skipped and
//! nothing is put right silently: two readers of one archive must not see two trees.

mod error;
mod gzip;
mod name;
#[cfg(test)]
mod tests;
mod untar;
mod ustar;

pub use error::{ArchiveError, Refusal};
pub use gzip::{COMPRESSOR, gunzip, gzip};
pub use untar::{read_header, read_tar, read_tgz};
pub use ustar::{BLOCK, END, TarError, header, padding, tar};

use catalyst_source::TreePath;
use std::collections::BTreeMap;

/// A tree of files. Folders are those of the paths.
pub type Files = BTreeMap<TreePath, File>;

/// One file of a tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct File {
    /// Its content.
    pub bytes: Vec<u8>,
    /// Whether it may be run. No other permission is kept.
    pub executable: bool,
}

impl File {
    /// A file that is not run.
    pub fn new(bytes: impl Into<Vec<u8>>) -> File {
        File { bytes: bytes.into(), executable: false }
    }
}

/// How much of a foreign archive is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the archive once it is unpacked.
    pub unpacked: usize,
    /// Bytes of one file.
    pub file: usize,
    /// Entries, folders too.
    pub entries: usize,
    /// Folders above a file.
    pub depth: usize,
    /// Unpacked bytes for one packed byte; small archives may have more.
    pub ratio: usize,
}

impl Limits {
    /// Helm's own caps for a chart: 100 MiB, and 5 MiB a file.
    pub const CHART: Limits =
        Limits { unpacked: 100 << 20, file: 5 << 20, entries: 20_000, depth: 40, ratio: 400 };
    /// What Flux reads in one piece: 100 MiB.
    pub const TREE: Limits =
        Limits { unpacked: 100 << 20, file: 100 << 20, entries: 200_000, depth: 40, ratio: 400 };
}
