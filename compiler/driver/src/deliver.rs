//! From a compilation to files: the output folder, its index, and the shared kit beside its source.
//!
//! A new tree is built beside the old one and swapped in whole. A file whose bytes did not change is linked from the old tree instead of
//! written, and when nothing changed at all, nothing is touched.

use crate::cache::{Stamp, Stamper};
use crate::{RenderedFile, SovereignOutput};
use catalyst_model::SovereignName;
use catalyst_plan::{Hasher, digest};
use catalyst_source::TreePath;
use catalyst_system::{
    Cancel, Delivery, DeliveryOptions, Faults, Foreign, IoError, IoErrorKind, Meta, Root, foreign, read_bytes,
};
use rayon::prelude::*;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Name of the index in the output folder.
pub const INDEX_FILE: &str = "index.json";

/// Name of the digests of bundles in the output folder. They follow from the tree and from more, so no build makes them, and each leaves them
/// as they are.
pub const BUNDLES_FILE: &str = "bundles.json";

/// Whether a file of the output folder is about the tree, and no part of it.
pub(crate) fn is_about(path: &TreePath) -> bool {
    [INDEX_FILE, BUNDLES_FILE].contains(&path.as_str())
}

/// Largest file of an old tree that is looked at.
const LIMIT: u64 = 1 << 30;

pub(crate) fn index_path() -> TreePath {
    TreePath::new(INDEX_FILE).unwrap_or_else(|error| unreachable!("{error}"))
}

pub(crate) fn bundles_path() -> TreePath {
    TreePath::new(BUNDLES_FILE).unwrap_or_else(|error| unreachable!("{error}"))
}

/// How to deliver.
#[derive(Debug, Clone, Default)]
pub struct DeliverOptions {
    /// Stops the run; the old tree stays.
    pub cancel: Cancel,
    /// Takes foreign files out of the output folder instead of carrying them over.
    pub prune: bool,
    /// Faults to inject; none outside of tests.
    pub faults: Faults,
    /// Where the tree before the present one waits, see [`DeliveryOptions::spare`].
    pub spare: Option<PathBuf>,
}

/// What delivery did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Files in the tree.
    pub files: usize,
    /// Files whose bytes are new.
    pub written: usize,
    /// Files that went.
    pub removed: usize,
    /// Bytes in the tree.
    pub bytes: u64,
    /// Digest of the tree.
    pub digest: String,
    /// SHA-256 of the text of its index.
    pub index: String,
    /// Files that the compiler did not make.
    pub foreign: Vec<TreePath>,
}

/// What the index says of a tree: SHA-256 by path, and of the tree as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IndexFile {
    /// Digest of the tree: SHA-256 over `<sha256>  <path>` lines in order of path.
    pub digest: String,
    /// By path.
    pub files: BTreeMap<TreePath, String>,
}

impl IndexFile {
    /// The index of files, with their hashes.
    pub fn of(files: BTreeMap<TreePath, String>) -> Self {
        let mut tree = Hasher::default();
        for (path, sha256) in &files {
            tree.update(format!("{sha256}  {path}\n"));
        }
        IndexFile { digest: tree.finish(), files }
    }

    /// The files below one folder at the top of the tree, in order of path.
    pub(crate) fn below(&self, folder: &SovereignName) -> impl Iterator<Item = (&TreePath, &String)> {
        let start = TreePath::new(folder.as_str()).unwrap_or_else(|error| unreachable!("{error}"));
        self.files.range(start..).take_while(move |(path, _)| path.is_within(folder.as_str()))
    }
}

/// The text of an index. Written piece by piece: that of a large fleet has more than a hundred megabytes.
pub fn index_json(index: &IndexFile) -> String {
    let mut text = String::with_capacity(200 + index.files.len() * 190);
    text.push_str("{\n  \"version\": 1,\n  \"digest\": \"sha256:");
    text.push_str(&index.digest);
    text.push_str("\",\n  \"files\": {");
    for (at, (path, sha256)) in index.files.iter().enumerate() {
        text.push_str(if at == 0 { "\n    " } else { ",\n    " });
        // A path may hold quotes; strings of JSON always print.
        text.push_str(&serde_json::to_string(path.as_str()).unwrap_or_default());
        text.push_str(": \"");
        text.push_str(sha256);
        text.push('"');
    }
    text.push_str(if index.files.is_empty() { "}\n}\n" } else { "\n  }\n}\n" });
    text
}

/// Reads an index; `None` when it is none of ours.
pub fn read_index(text: &str) -> Option<IndexFile> {
    #[derive(Deserialize)]
    struct Stored<'a> {
        version: u64,
        digest: &'a str,
        #[serde(deserialize_with = "paths")]
        files: BTreeMap<TreePath, String>,
    }
    let stored: Stored<'_> = serde_json::from_str(text).ok()?;
    let index = IndexFile::of(stored.files);
    (stored.version == 1 && stored.digest.strip_prefix("sha256:")? == index.digest).then_some(index)
}

/// Reads paths with their hashes straight into a map: the detour over JSON values takes several times the memory.
fn paths<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<TreePath, String>, D::Error> {
    struct Paths;
    impl<'de> Visitor<'de> for Paths {
        type Value = BTreeMap<TreePath, String>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("paths with their hashes")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut files = BTreeMap::new();
            while let Some((path, sha256)) = entries.next_entry::<Cow<'_, str>, String>()? {
                files.insert(TreePath::new(&path).map_err(serde::de::Error::custom)?, sha256);
            }
            Ok(files)
        }
    }
    from.deserialize_map(Paths)
}

/// A tree on its way to a folder. Files may come from many threads, Sovereign by Sovereign.
#[derive(Debug)]
pub struct Outgoing {
    delivery: Delivery,
    old_root: Option<Root>,
    /// The text of the old index, hashed.
    old_text: Option<String>,
    old: IndexFile,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<TreePath, String>,
    written: usize,
    bytes: u64,
    failed: Option<IoError>,
}

/// What became of the files of one Sovereign.
#[derive(Debug, Clone)]
pub(crate) struct Added {
    /// By what a later look recognises them as untouched.
    pub stamp: Stamp,
    /// Their bytes.
    pub bytes: u64,
}

impl Outgoing {
    /// Begins a delivery to `dest`. Another build of the same folder is told who holds it.
    pub fn begin(dest: &Path, options: &DeliverOptions) -> Result<Outgoing, IoError> {
        let settings = DeliveryOptions {
            cancel: options.cancel.clone(),
            faults: options.faults.clone(),
            spare: options.spare.clone(),
            ..DeliveryOptions::default()
        };
        let delivery = Delivery::begin_with(dest, settings)?;
        let old_root = Root::new(dest).ok();
        let old = old_root.as_ref().and_then(|root| read_bytes(root, &index_path(), LIMIT).ok());
        let old_text = old.as_ref().map(|(bytes, _)| digest(bytes));
        let old =
            old.and_then(|(bytes, _)| read_index(std::str::from_utf8(&bytes).ok()?)).unwrap_or_default();
        Ok(Outgoing { delivery, old_root, old_text, old, state: Mutex::default() })
    }

    /// The SHA-256 of the old tree's index, as it stands.
    pub(crate) fn old_index(&self) -> Option<&str> {
        self.old_text.as_deref()
    }

    /// Adds the files of one Sovereign. A failure is kept and stops the delivery at its end; there is nothing to tell then.
    pub(crate) fn add(&self, files: &BTreeMap<TreePath, RenderedFile>) -> Option<Added> {
        let put = |(path, file): (&TreePath, &RenderedFile)| {
            let same = self.is_there(path, file);
            let kept = if same { self.delivery.keep(path, path).ok() } else { None };
            let meta = kept.map_or_else(|| self.delivery.write(path, file.text.as_bytes()), Ok)?;
            Ok((meta, !same))
        };
        let put: Result<Vec<(Meta, bool)>, IoError> = files.par_iter().map(put).collect();
        let Ok(mut state) = self.state.lock() else { return None };
        let put = match put {
            Ok(put) => put,
            Err(error) => {
                state.failed.get_or_insert(error);
                return None;
            }
        };
        let mut stamper = Stamper::default();
        let mut bytes = 0;
        for ((path, file), (meta, is_new)) in files.iter().zip(put) {
            stamper.add(path, &meta);
            bytes += file.text.len() as u64;
            state.written += usize::from(is_new);
            state.files.insert(path.clone(), file.sha256.clone());
        }
        state.bytes += bytes;
        Some(Added { stamp: stamper.finish(), bytes })
    }

    /// Takes over the files of a Sovereign from the old tree unread: the caller knows that they are as they were delivered.
    pub(crate) fn keep(&self, sovereign: &SovereignName, bytes: u64) -> Option<Added> {
        let old: Vec<_> = self.old.below(sovereign).collect();
        let kept: Result<Vec<_>, IoError> = old
            .into_par_iter()
            .map(|(path, sha256)| Ok((path, sha256, self.delivery.keep(path, path)?)))
            .collect();
        let Ok(mut state) = self.state.lock() else { return None };
        let kept = match kept {
            Ok(kept) => kept,
            Err(error) => {
                state.failed.get_or_insert(error);
                return None;
            }
        };
        let mut stamper = Stamper::default();
        for (path, sha256, meta) in kept {
            stamper.add(path, &meta);
            state.files.insert(path.clone(), sha256.clone());
        }
        state.bytes += bytes;
        Some(Added { stamp: stamper.finish(), bytes })
    }

    /// Takes over the files of all Sovereigns but these from the old tree.
    pub fn keep_others(&self, built: &[SovereignName]) {
        let others =
            self.old.files.iter().filter(|(path, _)| !built.iter().any(|name| path.is_within(name.as_str())));
        let Ok(mut state) = self.state.lock() else { return };
        for (path, sha256) in others {
            match self.delivery.keep(path, path) {
                Ok(_) => {
                    state.files.insert(path.clone(), sha256.clone());
                }
                Err(error) => state.failed = Some(error),
            }
        }
    }

    /// Gives the delivery up; the old tree stays.
    pub fn abort(self) {
        self.delivery.abort();
    }

    /// Whether the old tree holds exactly these bytes. The index alone is not asked: somebody may have edited the file.
    fn is_there(&self, path: &TreePath, file: &RenderedFile) -> bool {
        let Some(root) = self.old_root.as_ref().filter(|_| self.old.files.get(path) == Some(&file.sha256))
        else {
            return false;
        };
        read_bytes(root, path, LIMIT).is_ok_and(|(bytes, _)| bytes == file.text.as_bytes())
    }

    /// Writes the index and swaps the new tree in. When nothing changed, the old one stays as it is.
    pub fn commit(self, prune: bool) -> Result<(Delivered, IndexFile), IoError> {
        let state = self.state.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(error) = state.failed {
            return Err(error);
        }
        let index = IndexFile::of(state.files);
        let removed = self.old.files.keys().filter(|path| !index.files.contains_key(*path)).count();
        let text = index_json(&index);
        let mut delivered = Delivered {
            files: index.files.len(),
            written: state.written,
            removed,
            bytes: state.bytes,
            digest: index.digest.clone(),
            index: digest(text.as_bytes()),
            foreign: Vec::new(),
        };
        let old = self.old;
        let known = |path: &TreePath| is_about(path) || old.files.contains_key(path);
        if self.old_text.as_ref() == Some(&delivered.index) && state.written == 0 {
            delivered.foreign = foreign(self.delivery.dest(), &known);
            if !prune || delivered.foreign.is_empty() {
                self.delivery.abort();
                return Ok((delivered, index));
            }
        }
        self.delivery.write(&index_path(), text.as_bytes())?;
        drop(text);
        let bundles = bundles_path();
        match self.delivery.keep(&bundles, &bundles) {
            Err(error) if error.kind != IoErrorKind::Missing => return Err(error),
            _ => {}
        }
        let foreign = if prune { Foreign::Drop } else { Foreign::Keep(&known) };
        delivered.foreign = self.delivery.commit(foreign)?.foreign;
        Ok((delivered, index))
    }
}

/// Delivers outputs that are all in memory.
pub fn deliver<'a>(
    dest: &Path,
    outputs: impl IntoIterator<Item = &'a SovereignOutput>,
    options: &DeliverOptions,
) -> Result<Delivered, IoError> {
    let outgoing = Outgoing::begin(dest, options)?;
    for output in outputs {
        outgoing.add(&output.render());
    }
    Ok(outgoing.commit(options.prune)?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_reads_back_and_nothing_else_does() {
        let files = [("a/b.yaml", "1"), ("a/\"quoted\".yaml", "2"), ("z", "3")];
        let files = files.map(|(path, sha256)| (TreePath::new(path).unwrap(), sha256.to_owned()));
        for index in [IndexFile::of(files.into()), IndexFile::of(BTreeMap::new())] {
            let text = index_json(&index);
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(text, format!("{value:#}\n"), "the form of every JSON printer");
            assert_eq!(read_index(&text), Some(index));
            assert_eq!(read_index(&text.replace("sha256:", "sha256:0")), None);
            assert_eq!(read_index(&text.replace("\"version\": 1", "\"version\": 2")), None);
            assert_eq!(read_index(&text[1..]), None);
        }
    }
}
