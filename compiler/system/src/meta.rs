//! What is remembered about a file without its content.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;

/// Enough to notice that a file was changed or replaced. Never part of any output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Meta {
    /// Bytes.
    pub len: u64,
    /// Last change of the content, in nanoseconds since 1970; negative before it.
    pub mtime_ns: i64,
    /// Number of the file in its file system.
    pub ino: u64,
}

impl Meta {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let mtime_ns = metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec());
        Meta { len: metadata.len(), mtime_ns, ino: metadata.ino() }
    }
}

/// Which file or folder it is, whatever its name: two names with one id are one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileId {
    dev: u64,
    ino: u64,
}

impl FileId {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        FileId { dev: metadata.dev(), ino: metadata.ino() }
    }
}
