//! The tree before the last one, kept so that the next delivery need not begin from nothing.
//!
//! A new tree shares each unchanged file with the old one by a second name, which costs a call a file, and removing the old tree costs another.
//! With a spare tree neither is needed: a delivery begins with the tree that was replaced the last time, in which most files are those that
//! the current tree has under the same path. What a file in it is, is never taken on trust: it stays only where it is the very file (device
//! and number) of the current tree that is to be kept. Everything else in it is removed, at the latest by [`sweep`].

use std::path::Path;

use catalyst_source::TreePath;

use super::{Delivery, DeliveryOptions};
use crate::error::{IoError, IoErrorKind};
use crate::meta::FileId;
use crate::ops;

/// Moves the spare tree to where the new one is built. `false` when there is none.
pub(super) fn take(options: &DeliveryOptions, new: &Path) -> bool {
    let spare = options.spare.as_deref().filter(|spare| spare.symlink_metadata().is_ok_and(|it| it.is_dir()));
    // It may stand on another file system by now: then it is of no use.
    spare.is_some_and(|spare| ops::rename_new(&options.faults, spare, new).is_ok())
}

/// Makes a tree that was replaced the spare one. `false` when it cannot be.
pub(super) fn put(options: &DeliveryOptions, old: &Path) -> bool {
    let Some(spare) = &options.spare else { return false };
    // One may be there when the delivery could not take it.
    let is_free = spare.symlink_metadata().is_err() || ops::remove_tree(&options.faults, spare).is_ok();
    is_free && ops::rename_new(&options.faults, old, spare).is_ok()
}

/// Gives up a delivery. What it took, the next one may have.
pub(super) fn give_back(mut delivery: Delivery) {
    delivery.is_swapped = delivery.is_spare && put(&delivery.options, &delivery.new);
}

impl Delivery {
    /// Whether the new tree has this file of the old one already.
    pub(super) fn has_already(&self, old: &std::fs::Metadata, to: &Path) -> bool {
        self.is_spare && to.symlink_metadata().is_ok_and(|there| FileId::of(&there) == FileId::of(old))
    }

    /// Removes what the spare tree has in the place of a file. What this delivery has put there stays, and is an error for the caller.
    pub(super) fn clear_way(&self, path: &TreePath, to: &Path) -> Result<(), IoError> {
        let is_ours = |state: &super::State| {
            state.written.contains(path) || state.kept.contains(path) || state.folders.contains(path)
        };
        if !self.is_spare || is_ours(&self.state()) {
            return Ok(());
        }
        gone(ops::remove_tree(&self.options.faults, to))
    }

    /// Removes what the spare tree has in the place of a folder, unless it is a folder.
    pub(super) fn clear_way_of_folder(&self, folder: &TreePath, to: &Path) -> Result<(), IoError> {
        let is_ours = |state: &super::State| state.written.contains(folder) || state.kept.contains(folder);
        let is_other = self.is_spare && to.symlink_metadata().is_ok_and(|it| !it.is_dir());
        if !is_other || is_ours(&self.state()) {
            return Ok(());
        }
        gone(ops::remove_file(&self.options.faults, to))
    }

    /// Removes whatever of the spare tree this delivery has not taken over, and the folders that are empty then.
    pub(super) fn sweep(&self) -> Result<(), IoError> {
        if self.is_spare { self.sweep_folder(&self.new, "").map(|_| ()) } else { Ok(()) }
    }

    /// Says whether anything is left in the folder, of which `below` is the path in the tree with a slash at its end.
    fn sweep_folder(&self, folder: &Path, below: &str) -> Result<bool, IoError> {
        let faults = &self.options.faults;
        let error = |e: std::io::Error| IoError::from_io("list", folder, &e);
        let mut is_used = false;
        for entry in std::fs::read_dir(folder).map_err(error)? {
            if self.options.cancel.is_cancelled() {
                return Err(IoError::cancelled("deliver", &self.dest));
            }
            let entry = entry.map_err(error)?;
            let path = entry.file_name().to_str().map(|name| format!("{below}{name}"));
            if entry.file_type().map_err(error)?.is_dir() {
                // Nothing of this delivery has a name that is no text.
                let is_kept = match path {
                    Some(path) => self.sweep_folder(&entry.path(), &(path + "/"))?,
                    None => false,
                };
                is_used |= is_kept;
                if !is_kept {
                    ops::remove_tree(faults, &entry.path())?;
                }
            } else {
                let path = path.and_then(|path| TreePath::new(&path).ok());
                let is_kept = path.is_some_and(|path| {
                    let state = self.state();
                    state.written.contains(&path) || state.kept.contains(&path)
                });
                is_used |= is_kept;
                if !is_kept {
                    ops::remove_file(faults, &entry.path())?;
                }
            }
        }
        Ok(is_used)
    }
}

/// That something is gone already is as good.
fn gone(result: Result<(), IoError>) -> Result<(), IoError> {
    match result {
        Err(error) if error.kind == IoErrorKind::Missing => Ok(()),
        other => other,
    }
}
