//! Every system call that changes something, each counted by [`Faults`] before it happens and each with an error that says what it was.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use rustix::fs::{CWD, RenameFlags};

use crate::error::{IoError, IoErrorKind};
use crate::faults::Faults;
use crate::meta::Meta;

/// Runs one counted operation.
pub(crate) fn step<T>(
    faults: &Faults,
    action: &'static str,
    path: &Path,
    operation: impl FnOnce() -> io::Result<T>,
) -> Result<T, IoError> {
    faults.step().and_then(|()| operation()).map_err(|error| IoError::from_io(action, path, &error))
}

/// Makes one folder; its parent must exist.
pub(crate) fn make_folder(faults: &Faults, path: &Path) -> Result<(), IoError> {
    step(faults, "make the folder", path, || std::fs::create_dir(path))
}

/// Makes a folder and those above it. Folders that exist already are fine, whoever made them.
pub(crate) fn make_folders(faults: &Faults, path: &Path) -> Result<(), IoError> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        make_folders(faults, parent)?;
    }
    match make_folder(faults, path) {
        Err(_) if path.is_dir() => Ok(()),
        Err(error) if error.kind == IoErrorKind::Exists => {
            Err(IoError::new("make the folder", path, IoErrorKind::WrongType, "it is no folder"))
        }
        other => other,
    }
}

/// Makes a file that must not exist yet.
pub(crate) fn make_file(faults: &Faults, path: &Path) -> Result<File, IoError> {
    step(faults, "make", path, || OpenOptions::new().write(true).create_new(true).open(path))
}

/// Makes a file that must not exist yet, with this content, and says what it looks like then.
pub(crate) fn write_new(faults: &Faults, path: &Path, bytes: &[u8], sync: bool) -> Result<Meta, IoError> {
    let mut file = make_file(faults, path)?;
    // Two operations for one content, so that a fault can strike when half of it is written.
    let (first, second) = bytes.split_at(bytes.len() / 2);
    step(faults, "write", path, || file.write_all(first))?;
    step(faults, "write", path, || file.write_all(second))?;
    if sync {
        step(faults, "write", path, || file.sync_all())?;
    }
    file.metadata()
        .map(|metadata| Meta::of(&metadata))
        .map_err(|error| IoError::from_io("write", path, &error))
}

/// Gives a file a second name. Links are not followed.
pub(crate) fn link(faults: &Faults, from: &Path, to: &Path) -> Result<(), IoError> {
    step(faults, "link", to, || std::fs::hard_link(from, to))
}

/// Copies a regular file with its permissions to a name that must not exist yet.
pub(crate) fn copy_new(faults: &Faults, from: &Path, to: &Path) -> Result<(), IoError> {
    let mut source = File::open(from).map_err(|error| IoError::from_io("read", from, &error))?;
    let mut file = step(faults, "make", to, || OpenOptions::new().write(true).create_new(true).open(to))?;
    step(faults, "copy to", to, || {
        io::copy(&mut source, &mut file)?;
        file.set_permissions(source.metadata()?.permissions())
    })
}

/// Makes a symbolic link.
pub(crate) fn symlink(faults: &Faults, target: &Path, path: &Path) -> Result<(), IoError> {
    step(faults, "link", path, || std::os::unix::fs::symlink(target, path))
}

/// Sets permissions.
pub(crate) fn set_permissions(faults: &Faults, path: &Path, to: std::fs::Permissions) -> Result<(), IoError> {
    step(faults, "set the permissions of", path, || std::fs::set_permissions(path, to))
}

/// Renames, replacing a file that is there.
pub(crate) fn rename(faults: &Faults, from: &Path, to: &Path) -> Result<(), IoError> {
    step(faults, "rename", to, || std::fs::rename(from, to))
}

/// Renames to a name that must be free. On systems that cannot promise it in one step, it is checked first.
pub(crate) fn rename_new(faults: &Faults, from: &Path, to: &Path) -> Result<(), IoError> {
    step(faults, "rename", to, || {
        match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            Err(error) if cannot(error) => {
                if to.symlink_metadata().is_ok() {
                    return Err(rustix::io::Errno::EXIST.into());
                }
                std::fs::rename(from, to)
            }
            other => Ok(other?),
        }
    })
}

/// Exchanges two names in one step. `Ok(false)` says that this file system cannot, and that nothing has happened.
pub(crate) fn exchange(faults: &Faults, new: &Path, dest: &Path) -> Result<bool, IoError> {
    step(faults, "swap", dest, || {
        match rustix::fs::renameat_with(CWD, new, CWD, dest, RenameFlags::EXCHANGE) {
            Ok(()) => Ok(true),
            Err(error) if cannot(error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    })
}

fn cannot(error: rustix::io::Errno) -> bool {
    use rustix::io::Errno;
    error == Errno::INVAL || error == Errno::NOSYS || error == Errno::NOTSUP || error == Errno::OPNOTSUPP
}

/// Removes one file or link.
pub(crate) fn remove_file(faults: &Faults, path: &Path) -> Result<(), IoError> {
    step(faults, "remove", path, || std::fs::remove_file(path))
}

/// Removes one empty folder.
pub(crate) fn remove_folder(faults: &Faults, path: &Path) -> Result<(), IoError> {
    step(faults, "remove the folder", path, || std::fs::remove_dir(path))
}

/// Removes whatever is there, with everything below it. Links are removed, not followed.
pub(crate) fn remove_tree(faults: &Faults, path: &Path) -> Result<(), IoError> {
    let listing = |error: &io::Error| IoError::from_io("remove", path, error);
    if !path.symlink_metadata().map_err(|e| listing(&e))?.is_dir() {
        return remove_file(faults, path);
    }
    for entry in std::fs::read_dir(path).map_err(|e| listing(&e))? {
        let entry = entry.map_err(|e| listing(&e))?;
        if entry.file_type().map_err(|e| listing(&e))?.is_dir() {
            remove_tree(faults, &entry.path())?;
        } else {
            remove_file(faults, &entry.path())?;
        }
    }
    remove_folder(faults, path)
}

/// Writes the names in a folder to the disk. File systems that cannot sync folders are left alone.
pub(crate) fn sync_folder(faults: &Faults, path: &Path) -> Result<(), IoError> {
    step(faults, "write the folder", path, || match File::open(path)?.sync_all() {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        other => other,
    })
}
