//! Files that nobody emitted: carried over into the new tree before the swap, and once more looked for after it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use catalyst_source::TreePath;

use super::tree::{self, Entry};
use super::{Delivery, Foreign};
use crate::error::{IoError, IoErrorKind};
use crate::faults::Faults;
use crate::meta::{FileId, Meta};
use crate::ops;

/// What was carried over, by its place in the tree.
#[derive(Default)]
pub(super) struct Carried(BTreeMap<PathBuf, (FileId, Meta)>);

impl Carried {
    /// The carried files that have a name here, sorted.
    pub(super) fn paths(&self) -> Vec<TreePath> {
        let mut paths: Vec<_> = self.0.keys().filter_map(|p| TreePath::new(p.to_str()?).ok()).collect();
        paths.sort();
        paths
    }
}

/// Gives every foreign file of the old tree its place in the new one. Nothing of the old tree changes: both share the files.
pub(super) fn carry(delivery: &Delivery, foreign: Foreign<'_>) -> Result<Carried, IoError> {
    let mut carried = Carried::default();
    let Foreign::Keep(known) = foreign else { return Ok(carried) };
    let faults = &delivery.options.faults;
    let mut in_the_way = Vec::new();
    tree::visit(&delivery.dest, &mut |entry| {
        if delivery.options.cancel.is_cancelled() {
            return Err(IoError::cancelled("carry over", &entry.full));
        }
        if entry.path.as_ref().is_some_and(known) {
            return Ok(());
        }
        let to = delivery.new.join(&entry.below);
        if to.symlink_metadata().is_ok() {
            // The new tree has something of this name. The same bytes are no loss, whoever wrote them.
            if !same_content(&entry, &to) {
                in_the_way.push(entry.below.to_string_lossy().into_owned());
            }
            return Ok(());
        }
        if let Some(parent) = to.parent()
            && let Err(error) = ops::make_folders(faults, parent)
        {
            // A file of the new tree stands where this one has a folder.
            if parent.ancestors().any(|p| p.symlink_metadata().is_ok_and(|m| !m.is_dir())) {
                in_the_way.push(entry.below.to_string_lossy().into_owned());
                return Ok(());
            }
            return Err(error);
        }
        link_or_copy(faults, &entry.full, &to)?;
        carried.0.insert(entry.below, (FileId::of(&entry.metadata), Meta::of(&entry.metadata)));
        Ok(())
    })?;
    if in_the_way.is_empty() {
        return Ok(carried);
    }
    let named = in_the_way.iter().take(3).map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
    let more = in_the_way.len().saturating_sub(3);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let text = format!("files that no build wrote stand in the way: {named}{more}");
    Err(IoError::new("replace", &delivery.dest, IoErrorKind::InTheWay(in_the_way), text))
}

/// After the swap: removes the old tree, and saves what somebody put or changed there since it was carried over.
pub(super) fn clear_old(
    delivery: &Delivery,
    old: &Path,
    foreign: Foreign<'_>,
    carried: &Carried,
) -> Result<(), IoError> {
    let faults = &delivery.options.faults;
    if let Foreign::Keep(known) = foreign
        && let Err(error) = save_late(delivery, old, known, carried)
    {
        // Somebody's file is still in there: under this name no later delivery removes it.
        let aside = super::swap::sibling(&delivery.dest, &format!("kept-{}", std::process::id()));
        let place = if ops::rename_new(faults, old, &aside).is_ok() { aside.as_path() } else { old };
        return Err(IoError {
            text: format!("{}; the old tree stays as `{}`", error.text, place.display()),
            ..error
        });
    }
    // With files of others in it, it would keep for long what they may remove.
    let is_ours_alone = matches!(foreign, Foreign::Keep(_)) && carried.0.is_empty();
    if is_ours_alone && super::spare::put(&delivery.options, old) {
        Ok(())
    } else {
        ops::remove_tree(faults, old)
    }
}

/// Moves what was put or changed in the old tree since it was carried over.
fn save_late(
    delivery: &Delivery,
    old: &Path,
    known: &dyn Fn(&TreePath) -> bool,
    carried: &Carried,
) -> Result<(), IoError> {
    let faults = &delivery.options.faults;
    tree::visit(old, &mut |entry| {
        let is_ours = entry.path.as_ref().is_some_and(|path| {
            let state = delivery.state();
            known(path) || state.written.contains(path) || state.kept.contains(path)
        });
        let now = (FileId::of(&entry.metadata), Meta::of(&entry.metadata));
        if is_ours || carried.0.get(&entry.below) == Some(&now) {
            return Ok(());
        }
        let to = delivery.dest.join(&entry.below);
        if let Some(parent) = to.parent() {
            ops::make_folders(faults, parent)?;
        }
        ops::rename(faults, &entry.full, &to)
    })
}

/// A second name for the same file; a copy where the file system or its rules allow no second name.
pub(super) fn link_or_copy(faults: &Faults, from: &Path, to: &Path) -> Result<(), IoError> {
    let error = match ops::link(faults, from, to) {
        Ok(()) => return Ok(()),
        // What a copy would meet as well.
        Err(error)
            if matches!(error.kind, IoErrorKind::NoSpace | IoErrorKind::Device | IoErrorKind::Exists) =>
        {
            return Err(error);
        }
        Err(error) => error,
    };
    let Ok(metadata) = from.symlink_metadata() else { return Err(error) };
    if metadata.is_symlink() {
        let target = std::fs::read_link(from).map_err(|e| IoError::from_io("read the link", from, &e))?;
        return ops::symlink(faults, &target, to);
    }
    if metadata.is_file() { ops::copy_new(faults, from, to) } else { Err(error) }
}

fn same_content(entry: &Entry, to: &Path) -> bool {
    let Ok(there) = to.symlink_metadata() else { return false };
    if FileId::of(&there) == FileId::of(&entry.metadata) {
        return true;
    }
    let comparable = there.is_file() && entry.metadata.is_file() && there.len() == entry.metadata.len();
    comparable && matches!((std::fs::read(&entry.full), std::fs::read(to)), (Ok(a), Ok(b)) if a == b)
}
