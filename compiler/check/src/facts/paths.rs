//! Which paths of the tree there are: files, and the folders that hold them.

use super::realm::{START, step};
use catalyst_source::TreePath;
use std::ops::Range;

/// The paths of a tree, by the hash of their text. There are some thousands of them in a Sovereign, and all are looked for; with 64 bits, no
/// two of a tree share a hash.
#[derive(Default)]
pub(super) struct Paths {
    known: Vec<(u64, Option<Range<usize>>)>,
}

impl Paths {
    /// Adds a file that holds these objects, and its folders. Files come in order, so that a folder stands there once or a few times.
    pub(super) fn add(&mut self, path: &TreePath, objects: Range<usize>) {
        let mut hash = START;
        for byte in path.as_str().bytes() {
            if byte == b'/' {
                self.known.push((hash, None));
            }
            hash = step(hash, byte);
        }
        self.known.push((hash, Some(objects)));
    }

    /// Ends the gathering.
    pub(super) fn finish(&mut self) {
        self.known.sort_unstable_by_key(|it| it.0);
        self.known.dedup_by_key(|it| it.0);
    }

    /// The objects of a file; `Some(None)` for a folder.
    pub(super) fn find(&self, path: &str) -> Option<Option<Range<usize>>> {
        let hash = path.bytes().fold(START, step);
        let at = self.known.binary_search_by_key(&hash, |it| it.0).ok()?;
        Some(self.known[at].1.clone())
    }
}
