//! Changes to single files of a project: the lock file, fixes, the cache. Whole output trees go through [`crate::Delivery`].
//!
//! A file has its old content or its new one, never a part: the new content is written beside it and renamed over it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use catalyst_source::TreePath;

use crate::delivery::Durability;
use crate::error::{IoError, IoErrorKind};
use crate::extra::make_root;
use crate::faults::Faults;
use crate::ops;
use crate::root::Root;
use crate::stream::Sink;

/// Puts this content in place of the file's, or makes the file, and the folders above it. A link to a file below the root stays a link: what
/// it leads to is changed. The permissions of an existing file stay.
pub fn write_atomic(
    root: &Root,
    path: &TreePath,
    bytes: &[u8],
    durability: Durability,
) -> Result<(), IoError> {
    write_atomic_with(root, path, bytes, durability, &Faults::of_process())
}

/// [`write_atomic`] for a file that somebody named by a path of the system: the folders above it are made, and it is on the disk when this
/// returns.
pub fn write_named(path: &Path, bytes: &[u8]) -> Result<(), IoError> {
    let (root, name) = root_and_name(path)?;
    write_atomic(&root, &name, bytes, Durability::Synced)
}

/// [`write_named`] for content that comes piece by piece. When it does not come to an end, the old file stays.
pub fn write_named_from<E: From<IoError>>(
    path: &Path,
    fill: impl FnOnce(&mut Sink<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let (root, name) = root_and_name(path)?;
    let faults = Faults::of_process();
    let mut reason = None;
    let written = replace(&root, &name, true, &faults, |new| {
        let mut sink = Sink::make(&faults, new)?;
        if let Err(error) = fill(&mut sink) {
            reason = Some(error);
            return Err(IoError::new("write", new, IoErrorKind::Cancelled, "its content cannot be had"));
        }
        sink.finish(true)
    });
    reason.map_or_else(|| written.map_err(E::from), Err)
}

/// The folder of a file, which is made, and its name.
fn root_and_name(path: &Path) -> Result<(Root, TreePath), IoError> {
    let name = path.file_name().and_then(|it| it.to_str()).and_then(|it| TreePath::new(it).ok());
    let name = name.ok_or_else(|| {
        IoError::new("write", path, IoErrorKind::Refused, "its last part can be no name of a file")
    })?;
    let folder = path.parent().filter(|it| *it != Path::new("")).unwrap_or(Path::new("."));
    Ok((make_root(folder)?, name))
}

/// [`write_atomic`] with faults on purpose.
pub fn write_atomic_with(
    root: &Root,
    path: &TreePath,
    bytes: &[u8],
    durability: Durability,
    faults: &Faults,
) -> Result<(), IoError> {
    let sync = durability == Durability::Synced;
    replace(root, path, sync, faults, |new| ops::write_new(faults, new, bytes, sync).map(drop))
}

/// Puts a file that `write` makes in place of another.
fn replace(
    root: &Root,
    path: &TreePath,
    sync: bool,
    faults: &Faults,
    write: impl FnOnce(&Path) -> Result<(), IoError>,
) -> Result<(), IoError> {
    let to = target(root, path, faults)?;
    let old = to.symlink_metadata().ok();
    if old.as_ref().is_some_and(|metadata| !metadata.is_file()) {
        return Err(IoError::new("write", &to, IoErrorKind::WrongType, "it is no regular file"));
    }
    remove_leftovers(&to, faults);
    let new = beside(&to);
    let written = write(&new)
        .and_then(|()| old.map_or(Ok(()), |old| ops::set_permissions(faults, &new, old.permissions())))
        .and_then(|()| ops::rename(faults, &new, &to));
    if let Err(error) = written {
        // What cannot be removed now is removed by the next write to this file.
        let _ = ops::remove_file(faults, &new);
        return Err(IoError { path: to, ..error });
    }
    match to.parent() {
        Some(parent) if sync => ops::sync_folder(faults, parent),
        _ => Ok(()),
    }
}

/// Removes one file. A link is removed itself, not what it leads to.
pub fn remove(root: &Root, path: &TreePath) -> Result<(), IoError> {
    let full = named(root, path, "remove")?;
    match full.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => {
            Err(IoError::new("remove", &full, IoErrorKind::WrongType, "it is a folder"))
        }
        _ => ops::remove_file(&Faults::of_process(), &full),
    }
}

/// Gives one file a new name, which must be free. Folders above the new name are made.
pub fn rename_file(root: &Root, from: &TreePath, to: &TreePath) -> Result<(), IoError> {
    let faults = Faults::of_process();
    let source = named(root, from, "rename")?;
    match source.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => {
            return Err(IoError::new("rename", &source, IoErrorKind::WrongType, "it is a folder"));
        }
        Err(error) => return Err(IoError::from_io("rename", &source, &error)),
        Ok(_) => {}
    }
    make_parents(root, to, &faults)?;
    ops::rename_new(&faults, &source, &named(root, to, "rename")?)
}

/// The file that a write goes to, after all links; its folder exists.
fn target(root: &Root, path: &TreePath, faults: &Faults) -> Result<PathBuf, IoError> {
    make_parents(root, path, faults)?;
    let full = named(root, path, "write")?;
    match full.symlink_metadata() {
        Ok(metadata) if metadata.is_symlink() => {
            let real = full.canonicalize().map_err(|error| IoError::from_io("write", &full, &error))?;
            below(root, real, "write")
        }
        _ => Ok(full),
    }
}

/// The file of this name itself, in a folder that is really below the root.
fn named(root: &Root, path: &TreePath, action: &'static str) -> Result<PathBuf, IoError> {
    let full = root.join(path);
    let parent = full.parent().unwrap_or(root.path());
    let real = parent.canonicalize().map_err(|error| IoError::from_io(action, &full, &error))?;
    Ok(below(root, real, action)?.join(path.file_name()))
}

fn below(root: &Root, real: PathBuf, action: &'static str) -> Result<PathBuf, IoError> {
    if real.starts_with(root.path()) {
        return Ok(real);
    }
    Err(IoError::new(action, &real, IoErrorKind::LeavesTree, "a link leads out of the project"))
}

fn make_parents(root: &Root, path: &TreePath, faults: &Faults) -> Result<(), IoError> {
    let Some(folder) = path.parent() else { return Ok(()) };
    let full = root.join(&folder);
    match full.metadata() {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(IoError::from_io("make the folder", &full, &error)),
    }
    make_parents(root, &folder, faults)?;
    match ops::make_folder(faults, &named(root, &folder, "make the folder")?) {
        Err(_) if full.is_dir() => Ok(()),
        other => other,
    }
}

/// `.<name>.catalystc-tmp-<pid>-<n>`: hidden, so that neither discovery nor a careless glob meets it.
fn beside(to: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut name = prefix(to);
    name.push(format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    to.with_file_name(name)
}

fn prefix(to: &Path) -> std::ffi::OsString {
    let mut name = std::ffi::OsString::from(".");
    name.push(to.file_name().unwrap_or_default());
    name.push(".catalystc-tmp-");
    name
}

/// Removes what killed runs left beside this file. Whoever still lives may be writing: its file is left alone.
fn remove_leftovers(to: &Path, faults: &Faults) {
    let prefix = prefix(to);
    let Some(listed) = to.parent().and_then(|parent| std::fs::read_dir(parent).ok()) else { return };
    for entry in listed.flatten() {
        let name = entry.file_name();
        let Some(rest) = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes()) else { continue };
        let pid = std::str::from_utf8(rest).ok().and_then(|rest| rest.split_once('-')?.0.parse().ok());
        let pid = pid.and_then(rustix::process::Pid::from_raw);
        let is_dead =
            pid.is_some_and(|pid| rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH));
        if is_dead {
            let _ = ops::remove_file(faults, &entry.path());
        }
    }
}
