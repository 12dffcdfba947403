//! What the files of a Sovereign look like, as two digests: one that a delivery knows beforehand, and one that is only known afterwards.

use catalyst_plan::Hasher;
use catalyst_source::TreePath;
use catalyst_system::{Meta, look};
use std::path::Path;

/// What the files of a folder look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Digest of paths, lengths, times of change and numbers of files.
    pub(crate) delivered: String,
    /// The same with the times at which the records changed.
    pub(crate) full: String,
    /// The latest time of change.
    pub(crate) newest_ns: i64,
}

/// Makes a stamp of files that come in order of path.
pub(crate) struct Stamper {
    delivered: Hasher,
    full: Hasher,
    newest_ns: i64,
}

impl Default for Stamper {
    fn default() -> Self {
        Stamper { delivered: Hasher::default(), full: Hasher::default(), newest_ns: i64::MIN }
    }
}

impl Stamper {
    /// Adds a file of which the time of its record is not known yet.
    pub(crate) fn add(&mut self, path: &TreePath, meta: &Meta) {
        let mut line = Vec::with_capacity(160);
        line.extend((path.as_str().len() as u64).to_le_bytes());
        line.extend(path.as_str().as_bytes());
        line.extend(meta.len.to_le_bytes());
        line.extend(meta.mtime_ns.to_le_bytes());
        line.extend(meta.ino.to_le_bytes());
        self.delivered.update(&line);
        self.full.update(&line);
        self.newest_ns = self.newest_ns.max(meta.mtime_ns);
    }

    pub(crate) fn finish(self) -> Stamp {
        Stamp { delivered: self.delivered.finish(), full: self.full.finish(), newest_ns: self.newest_ns }
    }
}

impl Stamp {
    /// Of a folder as it is now; `None` when something in it was not delivered by anybody, or cannot be looked at.
    pub(crate) fn of(tree: &Path, folder: &TreePath) -> Option<Stamp> {
        let mut stamper = Stamper::default();
        for seen in look(tree, folder).ok()?? {
            stamper.add(&seen.path, &seen.meta);
            stamper.full.update(seen.ctime_ns.to_le_bytes());
        }
        Some(stamper.finish())
    }
}
