//! The exchange of the old tree and the new one, and the names that stand beside the destination meanwhile.
//!
//! For a destination `out` these are `.out.catalystc-lock`, `.out.catalystc-new-<pid>` (the new tree; after the exchange, the old one) and,
//! where names cannot be exchanged, `.out.catalystc-old`. All are hidden, so that neither discovery nor a careless glob meets them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::carry;
use super::{Committed, Delivery, Durability, Foreign};
use crate::error::{IoError, IoErrorKind};
use crate::faults::Faults;
use crate::ops;

/// `.<name>.catalystc-<what>` beside the destination.
pub(super) fn sibling(dest: &Path, what: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(dest.file_name().unwrap_or_default());
    name.push(".catalystc-");
    name.push(what);
    dest.with_file_name(name)
}

/// Where the new tree is built. The process number keeps builds apart on file systems without locks.
pub(crate) fn new_name(dest: &Path) -> PathBuf {
    sibling(dest, &format!("new-{}", std::process::id()))
}

/// Puts the old tree back when a run was killed between the two renames of a file system without exchange.
pub(super) fn restore(dest: &Path, faults: &Faults) -> Result<(), IoError> {
    let old = sibling(dest, "old");
    if dest.symlink_metadata().is_err() && old.symlink_metadata().is_ok() {
        ops::rename_new(faults, &old, dest)?;
    }
    Ok(())
}

/// Whether there is something beside the destination that only a delivery leaves there.
pub(super) fn has_leftovers(dest: &Path) -> bool {
    let ours = sibling(dest, "");
    let listed =
        dest.parent().and_then(|parent| std::fs::read_dir(parent).ok()).into_iter().flatten().flatten();
    let ours = ours.file_name().unwrap_or_default().as_encoded_bytes();
    let kept = [ours, b"kept-"].concat();
    let is_ours = |name: &[u8]| name.starts_with(ours) && !name.starts_with(&kept);
    listed.into_iter().any(|entry| is_ours(entry.file_name().as_encoded_bytes()))
}

/// Removes what killed runs left. Needs the lock: otherwise these may be another build's.
pub(super) fn remove_leftovers(dest: &Path, faults: &Faults) -> Result<(), IoError> {
    let Some(parent) = dest.parent() else { return Ok(()) };
    let trees = [sibling(dest, "new-"), sibling(dest, "old")];
    let error = |e: std::io::Error| IoError::from_io("list", parent, &e);
    for entry in std::fs::read_dir(parent).map_err(error)? {
        let path = entry.map_err(error)?.path();
        let is_new =
            path.as_os_str().as_encoded_bytes().strip_prefix(trees[0].as_os_str().as_encoded_bytes());
        let is_new = is_new.is_some_and(|pid| !pid.is_empty() && pid.iter().all(u8::is_ascii_digit));
        if is_new || path == trees[1] {
            ops::remove_tree(faults, &path)?;
        }
    }
    Ok(())
}

/// A mount point cannot be renamed: say so before any work is done. A folder mounted from the same device is only found by the swap.
pub(super) fn check_mount(dest: &Path) -> Result<(), IoError> {
    use std::os::unix::fs::MetadataExt as _;
    let above = dest.parent().and_then(|parent| parent.metadata().ok());
    match (dest.metadata().ok(), above) {
        (Some(own), Some(above)) if own.dev() != above.dev() => {
            Err(IoError::new("use the output folder", dest, IoErrorKind::MountPoint, "it is a mount point"))
        }
        _ => Ok(()),
    }
}

pub(super) fn commit(mut delivery: Delivery, foreign: Foreign<'_>) -> Result<Committed, IoError> {
    if delivery.options.cancel.is_cancelled() {
        return Err(IoError::cancelled("deliver", &delivery.dest));
    }
    let faults = &delivery.options.faults.clone();
    let old_metadata = delivery.dest.symlink_metadata().ok();
    delivery.sweep()?;
    let carried = carry::carry(&delivery, foreign)?;
    if let Some(metadata) = &old_metadata {
        ops::set_permissions(faults, &delivery.new, metadata.permissions())?;
    }
    if delivery.options.durability == Durability::Synced {
        sync_folders(faults, &delivery.new)?;
    }
    let old = swap(&delivery, old_metadata.is_some())?;

    // From here on the new tree is in place: nothing may turn this into a failure.
    delivery.is_swapped = true;
    let mut leftover = delivery.dest.parent().and_then(|parent| ops::sync_folder(faults, parent).err());
    if let Some(old) = &old {
        leftover = carry::clear_old(&delivery, old, foreign, &carried).err().or(leftover);
    }
    let (written, kept) = {
        let state = delivery.state();
        (state.written.len(), state.kept.len())
    };
    Ok(Committed { written, kept, foreign: carried.paths(), replaced: old.is_some(), leftover })
}

/// Swaps, and says where the old tree is now.
fn swap(delivery: &Delivery, exists: bool) -> Result<Option<PathBuf>, IoError> {
    let faults = &delivery.options.faults;
    let (new, dest) = (&delivery.new, &delivery.dest);
    if !exists {
        ops::rename_new(faults, new, dest)?;
        return Ok(None);
    }
    #[cfg(test)]
    let try_exchange = !delivery.options.without_exchange;
    #[cfg(not(test))]
    let try_exchange = true;
    if try_exchange && ops::exchange(faults, new, dest)? {
        return Ok(Some(new.clone()));
    }
    let old = sibling(dest, "old");
    ops::rename_new(faults, dest, &old)?;
    if let Err(error) = ops::rename_new(faults, new, dest) {
        // If even this fails, the next delivery puts it back.
        let _ = ops::rename_new(faults, &old, dest);
        return Err(error);
    }
    Ok(Some(old))
}

fn sync_folders(faults: &Faults, folder: &Path) -> Result<(), IoError> {
    let error = |e: std::io::Error| IoError::from_io("list", folder, &e);
    for entry in std::fs::read_dir(folder).map_err(error)? {
        let entry = entry.map_err(error)?;
        if entry.file_type().map_err(error)?.is_dir() {
            sync_folders(faults, &entry.path())?;
        }
    }
    ops::sync_folder(faults, folder)
}
