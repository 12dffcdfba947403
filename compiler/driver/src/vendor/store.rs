//! Where fetched charts are kept: an OCI image layout in a folder, so that other programs can read it and a bundle can be made of it.
//!
//! A blob stands under its digest, is written whole or not at all, and is checked whenever it is read: what does not fit its name is as
//! good as absent and is fetched again. The index only tells other programs what there is; nothing is looked up in it.

use catalyst_bundle::Digest;
use catalyst_bundle::oci::{
    Descriptor, INDEX_FILE, Index, LAYOUT_FILE, LAYOUT_TEXT, REF_NAME, blob_path, media,
};
use catalyst_source::TreePath;
use catalyst_system::{
    Cancel, Durability, Exclusive, IoError, ReadError, Root, make_root, read_bytes, write_atomic,
};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Where it stands in a project unless it is named.
///
/// In the project and not in a folder of the user: a checkout that is carried to a machine without a network carries its charts, two
/// projects cannot get into each other's way, and removing the project removes all of it. One store for several checkouts can be named.
pub(crate) const FOLDER: &str = ".catalystc/store";
/// Largest blob that is read.
const LARGEST: u64 = 1 << 30;
/// Largest index that is read.
const LARGEST_INDEX: u64 = 64 << 20;
/// Held while charts are added.
const LOCK: &str = ".lock";

/// A store.
#[derive(Debug)]
pub(crate) struct Store {
    root: Root,
    index: Mutex<()>,
}

/// What a store has of a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Held {
    /// All of it.
    Whole(Vec<u8>),
    /// Nothing.
    Missing,
    /// Other bytes, or bytes that cannot be read.
    Damaged,
}

impl Store {
    /// The store of a folder; `None` when there is no such folder.
    pub(crate) fn open(folder: &Path) -> Option<Store> {
        Root::new(folder).ok().map(|root| Store { root, index: Mutex::default() })
    }

    /// The store of a folder, which is made when it is not there.
    pub(crate) fn make(folder: &Path) -> Result<Store, IoError> {
        let store = Store { root: make_root(folder)?, index: Mutex::default() };
        if read_bytes(&store.root, &path(LAYOUT_FILE), 4096).map(|it| it.0).ok().as_deref()
            != Some(LAYOUT_TEXT.as_bytes())
        {
            store.write(&path(LAYOUT_FILE), LAYOUT_TEXT.as_bytes())?;
        }
        Ok(store)
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> PathBuf {
        self.root.path().to_path_buf()
    }

    /// Waits until no other process adds charts here: what it fetches meanwhile is not fetched twice.
    pub(crate) fn lock(&self, cancel: &Cancel, waiting: impl FnOnce()) -> Result<Exclusive, IoError> {
        Exclusive::take(&self.root.join(&path(LOCK)), cancel, waiting)
    }

    /// A blob.
    pub(crate) fn blob(&self, digest: &Digest) -> Held {
        match read_bytes(&self.root, &blob_path(digest), LARGEST) {
            Ok((bytes, _)) if Digest::of(&bytes) == *digest => Held::Whole(bytes),
            Err(ReadError::Missing) => Held::Missing,
            _ => Held::Damaged,
        }
    }

    /// Adds an artifact: its blobs first, so that what the index names is always there.
    pub(crate) fn add(
        &self,
        name: &str,
        manifest: Descriptor,
        blobs: &[(Digest, &[u8])],
    ) -> Result<(), IoError> {
        for (digest, bytes) in blobs {
            if !matches!(self.blob(digest), Held::Whole(_)) {
                self.write(&blob_path(digest), bytes)?;
            }
        }
        let _one = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let mut index = self.read_index();
        index.manifests.retain(|it| it.annotations.get(REF_NAME).map(String::as_str) != Some(name));
        index.manifests.push(manifest.annotated(REF_NAME, name));
        index.manifests.sort_by(|a, b| a.annotations.get(REF_NAME).cmp(&b.annotations.get(REF_NAME)));
        self.write(&path(INDEX_FILE), &index.to_bytes())
    }

    /// The index; an empty one in place of one that is missing or damaged, which loses names but no bytes.
    fn read_index(&self) -> Index {
        let bytes =
            read_bytes(&self.root, &path(INDEX_FILE), LARGEST_INDEX).map(|it| it.0).unwrap_or_default();
        Index::parse(&bytes, media::INDEX).unwrap_or_default()
    }

    fn write(&self, path: &TreePath, bytes: &[u8]) -> Result<(), IoError> {
        write_atomic(&self.root, path, bytes, Durability::Rebuildable)
    }
}

fn path(name: &str) -> TreePath {
    TreePath::new(name).unwrap_or_else(|error| unreachable!("{error}"))
}
