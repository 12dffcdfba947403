//! Changes to a few files of a tree that was delivered before, for a developer who watches.
//!
//! A swap costs a link for every file of the tree; a patch costs what changes. In return it promises less: each file has its old content or
//! its new one, never a part, and the file that is put last takes its name last; but for a moment, or after a kill in that moment, some
//! files are new and others old. The next delivery reads every file back, and so mends that.

use std::path::{Path, PathBuf};

use catalyst_source::TreePath;

use super::lock::Lock;
use super::{DeliveryOptions, Durability, begin_beside};
use crate::error::{IoError, IoErrorKind};
use crate::meta::Meta;
use crate::ops;

/// Files that wait beside their tree. Dropping it without [`Patch::commit`] changes nothing.
#[derive(Debug)]
pub struct Patch {
    dest: PathBuf,
    /// Where new content waits, a number a file. Next deliveries remove it should this process be killed.
    beside: PathBuf,
    options: DeliveryOptions,
    written: Vec<TreePath>,
    removed: Vec<TreePath>,
    _lock: Lock,
}

impl Patch {
    /// Starts a patch of a tree that exists.
    pub fn begin(dest: &Path, options: DeliveryOptions) -> Result<Patch, IoError> {
        let (dest, beside, lock) = begin_beside(dest, &options.faults)?;
        ops::make_folder(&options.faults, &beside)?;
        Ok(Patch { dest, beside, options, written: Vec::new(), removed: Vec::new(), _lock: lock })
    }

    /// Prepares one file. Each path once.
    pub fn write(&mut self, path: &TreePath, bytes: &[u8]) -> Result<(), IoError> {
        let to = self.waiting(self.written.len());
        if self.options.cancel.is_cancelled() {
            return Err(IoError::cancelled("write", &to));
        }
        ops::write_new(&self.options.faults, &to, bytes, self.options.durability == Durability::Synced)?;
        self.written.push(path.clone());
        Ok(())
    }

    /// Prepares the removal of one file; the folders that it leaves empty go with it. A file that is gone already is fine.
    pub fn remove(&mut self, path: &TreePath) {
        self.removed.push(path.clone());
    }

    /// Gives every file its name, in the order in which they were written, after all removals. Says what the last one looks like.
    pub fn commit(self) -> Result<Option<Meta>, IoError> {
        let faults = &self.options.faults;
        for path in &self.removed {
            let full = self.inside(path)?;
            match ops::remove_file(faults, &full) {
                Err(error) if error.kind != IoErrorKind::Missing => return Err(error),
                _ => self.remove_empty_folders(path),
            }
        }
        let mut last = None;
        for (at, path) in self.written.iter().enumerate() {
            let to = self.inside(path)?;
            if let Some(folder) = to.parent() {
                ops::make_folders(faults, folder)?;
            }
            ops::rename(faults, &self.waiting(at), &to)?;
            let metadata = to.symlink_metadata().map_err(|error| IoError::from_io("write", &to, &error))?;
            last = Some(Meta::of(&metadata));
        }
        Ok(last)
    }

    fn waiting(&self, number: usize) -> PathBuf {
        self.beside.join(number.to_string())
    }

    /// The place of a file, unless a link on the way leads elsewhere.
    fn inside(&self, path: &TreePath) -> Result<PathBuf, IoError> {
        let full = self.dest.join(path.as_str());
        let folders = full.ancestors().skip(1).take_while(|folder| **folder != self.dest);
        for folder in folders {
            if folder.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()) {
                return Err(IoError::new(
                    "write",
                    &full,
                    IoErrorKind::LeavesTree,
                    "a folder above it is a link",
                ));
            }
        }
        Ok(full)
    }

    fn remove_empty_folders(&self, path: &TreePath) {
        let mut folder = path.parent();
        while let Some(empty) = folder {
            if ops::remove_folder(&self.options.faults, &self.dest.join(empty.as_str())).is_err() {
                return;
            }
            folder = empty.parent();
        }
    }
}

impl Drop for Patch {
    fn drop(&mut self) {
        // Nobody can be told; what stays is removed by the next delivery.
        let _ = ops::remove_tree(&self.options.faults, &self.beside);
    }
}
