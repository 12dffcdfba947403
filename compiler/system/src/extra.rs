//! Files outside of a project: documents named on the command line, folders of generated pages, folders that go away again.

use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use catalyst_source::TreePath;

use crate::delivery::Durability;
use crate::edit::write_atomic;
use crate::error::{IoError, IoErrorKind};
use crate::faults::Faults;
use crate::ops;
use crate::root::Root;

/// The text of a file anywhere; what is no UTF-8 in it is replaced. A file of more than `limit` bytes is an error, never cut. Pipes are read
/// to their end: the user named this one.
pub fn read_path(path: &Path, limit: u64) -> Result<String, IoError> {
    Ok(String::from_utf8_lossy(&read_file(path, limit)?).into_owned())
}

/// The bytes of a file anywhere, as [`read_path`] reads them.
pub fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>, IoError> {
    let error = |e: std::io::Error| IoError::from_io("read", path, &e);
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(error)?;
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(error)?;
    if bytes.len() as u64 > limit {
        return Err(IoError::new(
            "read",
            path,
            IoErrorKind::Other,
            format!("it is larger than {limit} bytes"),
        ));
    }
    Ok(bytes)
}

/// Whether something of this name is there, be it a link that leads nowhere.
pub fn is_taken(root: &Root, path: &TreePath) -> bool {
    root.join(path).symlink_metadata().is_ok()
}

/// The absolute path of what was named, without `.` and `..`; of a folder that is there, without links.
pub fn plain_path(path: &Path) -> PathBuf {
    path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_path_buf())
}

/// Makes a folder and those above it, and uses it. One that is there stays as it is.
pub fn make_root(folder: &Path) -> Result<Root, IoError> {
    let absolute =
        std::path::absolute(folder).map_err(|e| IoError::from_io("make the folder", folder, &e))?;
    ops::make_folders(&Faults::of_process(), &absolute)?;
    Root::new(&absolute)
        .map_err(|error| IoError::new("use the folder", folder, IoErrorKind::Other, error.to_string()))
}

/// Writes files of these names and texts to a folder, which is made when it is not there. Other files in it stay; each file has its old text
/// or its new one, but the folder as a whole is not swapped (that is [`crate::Delivery`]).
pub fn write_folder(folder: &Path, files: &[(String, String)]) -> Result<(), IoError> {
    let root = make_root(folder)?;
    for (name, text) in files {
        let path = TreePath::new(name).map_err(|error| {
            IoError::new("write", &folder.join(name), IoErrorKind::LeavesTree, error.to_string())
        })?;
        write_atomic(&root, &path, text.as_bytes(), Durability::Rebuildable)?;
    }
    Ok(())
}

/// A folder of this process that goes when the value does.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes a new, empty folder that nobody else can read, below `TMPDIR` or `/tmp`.
    pub fn new(name: &str) -> Result<Self, IoError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        loop {
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("{name}-{}-{number}", std::process::id()));
            match std::fs::DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Scratch(path)),
                // Left by a killed process of the same number, or put there by somebody else: never used.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(IoError::from_io("make the folder", &path, &error)),
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file that is not there yet, with the folders above it.
    pub fn write(&self, path: &TreePath, bytes: &[u8]) -> Result<(), IoError> {
        let faults = Faults::of_process();
        let full = self.0.join(path.as_str());
        if let Some(folder) = full.parent() {
            ops::make_folders(&faults, folder)?;
        }
        ops::write_new(&faults, &full, bytes, false).map(drop)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nobody can be told; the system clears this folder in its own time.
        drop(std::fs::remove_dir_all(&self.0));
    }
}
