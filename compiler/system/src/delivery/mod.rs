//! Delivery of a whole output tree: built beside its destination, swapped in whole.
//!
//! 1. [`Delivery::begin`] locks the destination, removes what killed runs left, and makes an empty sibling folder.
//! 2. [`Delivery::write`] and [`Delivery::keep`] fill it, from as many threads as one likes.
//! 3. [`Delivery::commit`] carries over the files that nobody emitted, exchanges the two folders in one system call, and removes the old one.
//!
//! Until that call the destination is not touched, and after it the new tree is complete: an error, a full disk or a kill at any moment
//! leaves the old tree or the new one. File systems without an exchange (some network ones) get two renames; a kill just between them
//! leaves no tree, and the next run puts the old one back before it does anything else.
//!
//! Files that nobody emitted share their content with the old tree until it goes, and what is put there while a commit runs is moved over
//! after the exchange. Only a kill in those very milliseconds loses what arrived in them.
//!
//! Written files are not synced by default: a build output can be made again, and syncing 50 000 files costs minutes. A power cut (not a
//! kill) right after a commit may therefore leave empty files; [`Durability::Synced`] rules that out.

mod carry;
mod lock;
mod patch;
mod spare;
mod swap;
mod tree;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use catalyst_source::TreePath;

pub use patch::Patch;
pub(crate) use swap::new_name;
pub(crate) use tree::visit_files;
pub use tree::{foreign, list_plain, list_tree};

use crate::cancel::Cancel;
use crate::error::{IoError, IoErrorKind};
use crate::faults::Faults;
use crate::layout::{PROJECT_FILE, kind_of};
use crate::meta::Meta;
use crate::ops;
use crate::stream::Sink;
use lock::Lock;

/// Whether a power cut may lose what was just written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// It may: the content can be made again. A kill or a crash of the program still loses nothing.
    #[default]
    Rebuildable,
    /// Each file and folder is on the disk before it takes its name.
    Synced,
}

/// How to deliver.
#[derive(Debug, Clone)]
pub struct DeliveryOptions {
    /// Whether files are synced.
    pub durability: Durability,
    /// Stops the delivery; the destination stays as it is.
    pub cancel: Cancel,
    /// Faults on purpose, for tests.
    pub faults: Faults,
    /// Where the tree before this one waits for the next delivery, which then links and removes only what differs. A path of
    /// the same file system, in a folder that exists.
    pub spare: Option<PathBuf>,
    /// Pretends that the file system cannot exchange names.
    #[cfg(test)]
    pub(crate) without_exchange: bool,
}

impl Default for DeliveryOptions {
    fn default() -> Self {
        DeliveryOptions {
            durability: Durability::default(),
            cancel: Cancel::new(),
            faults: Faults::of_process(),
            spare: None,
            #[cfg(test)]
            without_exchange: false,
        }
    }
}

/// What happens to files in the destination that nobody emitted.
#[derive(Clone, Copy)]
pub enum Foreign<'a> {
    /// They are carried over. The function says which files of the old tree an earlier build emitted: these go unless they were delivered
    /// again. The index file itself must be among them.
    Keep(&'a dyn Fn(&TreePath) -> bool),
    /// Everything that was not delivered now goes.
    Drop,
}

/// What a commit did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// Files that were written.
    pub written: usize,
    /// Files that were taken unchanged from the old tree.
    pub kept: usize,
    /// Files that nobody emitted and that were carried over, sorted. Names that no [`TreePath`] can hold are carried over, but not named.
    pub foreign: Vec<TreePath>,
    /// Whether there was a tree before.
    pub replaced: bool,
    /// The old tree could not be removed; the next delivery tries again. The new tree is in place all the same.
    pub leftover: Option<IoError>,
}

/// A tree that is being built beside its destination. Dropping it without [`Delivery::commit`] removes it.
#[derive(Debug)]
pub struct Delivery {
    /// Absolute, without links.
    dest: PathBuf,
    new: PathBuf,
    options: DeliveryOptions,
    state: Mutex<State>,
    /// The new tree began as an older one: what is in it may be of use, or in the way.
    is_spare: bool,
    /// The name of the new tree belongs to the old one now.
    is_swapped: bool,
    /// Declared last: dropped last, after the new tree is removed.
    _lock: Lock,
}

#[derive(Debug, Default)]
struct State {
    written: BTreeSet<TreePath>,
    kept: BTreeSet<TreePath>,
    /// Folders of the new tree that exist.
    folders: BTreeSet<TreePath>,
    /// Folders of the old tree that are real folders all the way down, so that nothing is kept through a link.
    old_folders: BTreeSet<TreePath>,
}

/// Takes the lock of a destination and mends what a killed delivery has left there. Gives the destination, absolute and without links,
/// the name of a folder beside it that does not exist yet, and the lock.
fn begin_beside(dest: &Path, faults: &Faults) -> Result<(PathBuf, PathBuf, Lock), IoError> {
    let dest = resolve(dest, faults)?;
    let lock = Lock::acquire(&dest, faults)?;
    swap::restore(&dest, faults)?;
    check_destination(&dest)?;
    if lock.is_exclusive() {
        swap::remove_leftovers(&dest, faults)?;
    }
    let beside = swap::new_name(&dest);
    Ok((dest, beside, lock))
}

impl Delivery {
    /// Starts a delivery with the default options.
    pub fn begin(dest: &Path) -> Result<Delivery, IoError> {
        Delivery::begin_with(dest, DeliveryOptions::default())
    }

    /// Starts a delivery. Folders above the destination are made; the destination itself appears with the commit.
    pub fn begin_with(dest: &Path, options: DeliveryOptions) -> Result<Delivery, IoError> {
        let (dest, new, lock) = begin_beside(dest, &options.faults)?;
        let is_spare = spare::take(&options, &new);
        if !is_spare {
            ops::make_folder(&options.faults, &new)?;
        }
        let state = Mutex::default();
        Ok(Delivery { dest, new, options, state, is_spare, is_swapped: false, _lock: lock })
    }

    /// The destination: absolute, without links.
    pub fn dest(&self) -> &Path {
        &self.dest
    }

    /// Writes one file. Each path once. Says what the file looks like; the swap changes nothing of that.
    pub fn write(&self, path: &TreePath, bytes: &[u8]) -> Result<Meta, IoError> {
        let to = self.place(path, "write")?;
        self.clear_way(path, &to)?;
        let synced = self.options.durability == Durability::Synced;
        let meta = ops::write_new(&self.options.faults, &to, bytes, synced)?;
        self.state().written.insert(path.clone());
        Ok(meta)
    }

    /// Writes one file whose content comes piece by piece. Each path once.
    pub fn write_from<E: From<IoError>>(
        &self,
        path: &TreePath,
        fill: impl FnOnce(&mut Sink<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let to = self.place(path, "write")?;
        self.clear_way(path, &to)?;
        let mut sink = Sink::make(&self.options.faults, &to)?;
        fill(&mut sink)?;
        sink.finish(self.options.durability == Durability::Synced)?;
        self.state().written.insert(path.clone());
        Ok(())
    }

    /// Takes a file unchanged from the old tree, at `from_old` there. Costs one system call: both trees share the file until the old one
    /// goes. That the content is the wanted one is for the caller to know. Says what the file looks like.
    pub fn keep(&self, path: &TreePath, from_old: &TreePath) -> Result<Meta, IoError> {
        let from = self.dest.join(from_old.as_str());
        self.check_old_folder(from_old)?;
        let metadata = from.symlink_metadata().map_err(|e| IoError::from_io("keep", &from, &e))?;
        if !metadata.is_file() {
            return Err(IoError::new("keep", &from, IoErrorKind::WrongType, "it is no regular file"));
        }
        let to = self.place(path, "keep")?;
        if !self.has_already(&metadata, &to) {
            self.clear_way(path, &to)?;
            carry::link_or_copy(&self.options.faults, &from, &to)?;
        }
        self.state().kept.insert(path.clone());
        Ok(Meta::of(&metadata))
    }

    /// Puts the new tree in place of the old one. On an error the old tree is untouched and the new one is removed.
    pub fn commit(self, foreign: Foreign<'_>) -> Result<Committed, IoError> {
        swap::commit(self, foreign)
    }

    /// Gives up: the destination stays as it is.
    pub fn abort(self) {
        spare::give_back(self);
    }

    /// Where a file goes in the new tree; its folder exists afterwards.
    fn place(&self, path: &TreePath, action: &'static str) -> Result<PathBuf, IoError> {
        let to = self.new.join(path.as_str());
        if self.options.cancel.is_cancelled() {
            return Err(IoError::cancelled(action, &to));
        }
        if let Some(folder) = path.parent() {
            self.make_folder(&folder)?;
        }
        Ok(to)
    }

    fn make_folder(&self, folder: &TreePath) -> Result<(), IoError> {
        if self.state().folders.contains(folder) {
            return Ok(());
        }
        if let Some(parent) = folder.parent() {
            self.make_folder(&parent)?;
        }
        // Another thread may make the same folder meanwhile; it is one of ours either way. A file of that name is not.
        let full = self.new.join(folder.as_str());
        self.clear_way_of_folder(folder, &full)?;
        match ops::make_folder(&self.options.faults, &full) {
            Err(error) if error.kind != IoErrorKind::Exists || !full.is_dir() => return Err(error),
            _ => {}
        }
        self.state().folders.insert(folder.clone());
        Ok(())
    }

    fn check_old_folder(&self, path: &TreePath) -> Result<(), IoError> {
        let Some(folder) = path.parent() else { return Ok(()) };
        if self.state().old_folders.contains(&folder) {
            return Ok(());
        }
        self.check_old_folder(&folder)?;
        let full = self.dest.join(folder.as_str());
        let metadata = full.symlink_metadata().map_err(|e| IoError::from_io("keep", &full, &e))?;
        if !metadata.is_dir() {
            return Err(IoError::new("keep", &full, IoErrorKind::LeavesTree, "it is no folder"));
        }
        self.state().old_folders.insert(folder);
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A thread that panicked in between has left complete values: each change is one insertion.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        // Nobody can be told; what stays is removed by the next delivery.
        if !self.is_swapped && self.new.symlink_metadata().is_ok() {
            let _ = ops::remove_tree(&self.options.faults, &self.new);
        }
    }
}

/// The destination without links, so that it and its sibling stand in one folder of one file system.
fn resolve(dest: &Path, faults: &Faults) -> Result<PathBuf, IoError> {
    let action = "use the output folder";
    let error = |e: std::io::Error| IoError::from_io(action, dest, &e);
    let dest = std::path::absolute(dest).map_err(error)?;
    let real = match dest.canonicalize() {
        Ok(real) => real,
        Err(_) if dest.symlink_metadata().is_ok() => {
            return Err(IoError::new(
                action,
                &dest,
                IoErrorKind::WrongType,
                "it is a link that leads to nothing",
            ));
        }
        Err(_) => {
            let name = dest.file_name().ok_or_else(|| refused(&dest, "it has no name of its own"))?;
            let parent = dest.parent().unwrap_or(Path::new("/"));
            ops::make_folders(faults, parent)?;
            parent.canonicalize().map_err(error)?.join(name)
        }
    };
    if real.parent().is_none() {
        return Err(refused(&real, "it is the root of the file system"));
    }
    Ok(real)
}

/// Removes what killed runs left beside a destination that needs no delivery now. When there is nothing, nothing is touched; when somebody is
/// at work there, or it cannot be removed, it stays for the next time.
pub fn clear_leftovers(dest: &Path) {
    if swap::has_leftovers(dest) {
        drop(Delivery::begin(dest));
    }
}

fn check_destination(dest: &Path) -> Result<(), IoError> {
    match dest.symlink_metadata() {
        Ok(metadata) if !metadata.is_dir() => {
            Err(IoError::new("use the output folder", dest, IoErrorKind::WrongType, "it is no folder"))
        }
        Ok(_) if dest.join(PROJECT_FILE).symlink_metadata().is_ok() => {
            Err(refused(dest, "it holds `catalyst.yaml`: this is a project, not an output"))
        }
        _ if is_read_as_intent(dest) => {
            Err(refused(dest, "it is among the sources: the next build would read the output as intent"))
        }
        _ => swap::check_mount(dest),
    }
}

/// Whether files of the destination would be intent of the project around it.
fn is_read_as_intent(dest: &Path) -> bool {
    let project = dest.ancestors().skip(1).find(|folder| folder.join(PROJECT_FILE).is_file());
    let below = project.and_then(|project| dest.strip_prefix(project).ok()?.to_str());
    let file = below.and_then(|below| TreePath::new(&format!("{below}/any.yaml")).ok());
    file.is_some_and(|file| kind_of(&file).is_some())
}

fn refused(path: &Path, text: &str) -> IoError {
    IoError::new("use the output folder", path, IoErrorKind::Refused, text)
}
