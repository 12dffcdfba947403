//! From a compilation to files: the output folder, its index, and the shared kit beside its source.
//!
//! A new tree is built beside the old one and swapped in whole. A file whose bytes did not change is linked from the old tree instead of
//! written, and when nothing changed at all, nothing is touched.

use crate::{RenderedFile, SovereignOutput};
use catalyst_plan::digest;
use catalyst_source::TreePath;
use catalyst_system::{Cancel, Delivery, DeliveryOptions, Faults, Foreign, IoError, Root, read_bytes};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

/// Name of the index in the output folder.
pub const INDEX_FILE: &str = "index.json";

/// Largest file of an old tree that is looked at.
const LIMIT: u64 = 1 << 30;

fn index_path() -> TreePath {
    TreePath::new(INDEX_FILE).unwrap_or_else(|error| unreachable!("{error}"))
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
        let mut lines = String::with_capacity(files.len() * 128);
        for (path, sha256) in &files {
            lines.push_str(sha256);
            lines.push_str("  ");
            lines.push_str(path.as_str());
            lines.push('\n');
        }
        IndexFile { digest: digest(lines.as_bytes()), files }
    }
}

/// The text of an index.
pub fn index_json(index: &IndexFile) -> String {
    let files: Map<String, Value> =
        index.files.iter().map(|(path, sha256)| (path.to_string(), json!(sha256))).collect();
    let value = json!({ "version": 1, "digest": format!("sha256:{}", index.digest), "files": files });
    let mut text = serde_json::to_string_pretty(&value).unwrap_or_default();
    text.push('\n');
    text
}

/// Reads an index; `None` when it is none of ours.
pub fn read_index(text: &str) -> Option<IndexFile> {
    let value: Value = serde_json::from_str(text).ok()?;
    if value["version"] != json!(1) {
        return None;
    }
    let files = value["files"]
        .as_object()?
        .iter()
        .map(|(path, sha256)| Some((TreePath::new(path).ok()?, sha256.as_str()?.to_owned())));
    let index = IndexFile::of(files.collect::<Option<BTreeMap<_, _>>>()?);
    (value["digest"].as_str()?.strip_prefix("sha256:")? == index.digest).then_some(index)
}

/// A tree on its way to a folder. Files may come from many threads, Sovereign by Sovereign.
#[derive(Debug)]
pub struct Outgoing {
    delivery: Delivery,
    old_root: Option<Root>,
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

impl Outgoing {
    /// Begins a delivery to `dest`. Another build of the same folder is told who holds it.
    pub fn begin(dest: &Path, options: &DeliverOptions) -> Result<Outgoing, IoError> {
        let settings = DeliveryOptions {
            cancel: options.cancel.clone(),
            faults: options.faults.clone(),
            ..DeliveryOptions::default()
        };
        let delivery = Delivery::begin_with(dest, settings)?;
        let old_root = Root::new(dest).ok();
        let old = old_root.as_ref().and_then(|root| read_bytes(root, &index_path(), LIMIT).ok());
        let old =
            old.and_then(|(bytes, _)| read_index(std::str::from_utf8(&bytes).ok()?)).unwrap_or_default();
        Ok(Outgoing { delivery, old_root, old, state: Mutex::default() })
    }

    /// Adds the files of one Sovereign. A failure is kept and stops the delivery at its end.
    pub fn add(&self, files: &BTreeMap<TreePath, RenderedFile>) {
        let mut own = State::default();
        for (path, file) in files {
            let same = self.is_there(path, file);
            let kept = same && self.delivery.keep(path, path).is_ok();
            if !kept && let Err(error) = self.delivery.write(path, file.text.as_bytes()) {
                own.failed = Some(error);
                break;
            }
            own.written += usize::from(!same);
            own.bytes += file.text.len() as u64;
            own.files.insert(path.clone(), file.sha256.clone());
        }
        if let Ok(mut state) = self.state.lock() {
            state.files.extend(own.files);
            state.written += own.written;
            state.bytes += own.bytes;
            state.failed = state.failed.take().or(own.failed);
        }
    }

    /// Takes over the files of all Sovereigns but these from the old tree.
    pub fn keep_others(&self, built: &[catalyst_model::SovereignName]) {
        let others =
            self.old.files.iter().filter(|(path, _)| !built.iter().any(|name| path.is_within(name.as_str())));
        let Ok(mut state) = self.state.lock() else { return };
        for (path, sha256) in others {
            match self.delivery.keep(path, path) {
                Ok(()) => {
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
    pub fn commit(self, prune: bool) -> Result<Delivered, IoError> {
        let state = self.state.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(error) = state.failed {
            return Err(error);
        }
        let index = IndexFile::of(state.files);
        let removed = self.old.files.keys().filter(|path| !index.files.contains_key(*path)).count();
        let mut delivered = Delivered {
            files: index.files.len(),
            written: state.written,
            removed,
            bytes: state.bytes,
            digest: index.digest.clone(),
            foreign: Vec::new(),
        };
        self.delivery.write(&index_path(), index_json(&index).as_bytes())?;
        let old = self.old;
        let known = move |path: &TreePath| path.as_str() == INDEX_FILE || old.files.contains_key(path);
        let foreign = if prune { Foreign::Drop } else { Foreign::Keep(&known) };
        delivered.foreign = self.delivery.commit(foreign)?.foreign;
        Ok(delivered)
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
    outgoing.commit(options.prune)
}
