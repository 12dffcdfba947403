//! Files outside of a project: documents named on the command line, folders of generated pages, folders that go away again.

use crate::error::IoError;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The text of a file anywhere, up to a limit; what is no UTF-8 in it is replaced.
pub fn read_path(path: &Path, limit: u64) -> Result<String, IoError> {
    use std::io::Read as _;
    let error = |e: std::io::Error| IoError::from_io("read", path, &e);
    let mut bytes = Vec::new();
    std::fs::File::open(path).map_err(error)?.take(limit).read_to_end(&mut bytes).map_err(error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Writes files of these names and texts to a folder, which is made when it is not there. Other files in it stay.
pub fn write_folder(folder: &Path, files: &[(String, String)]) -> Result<(), IoError> {
    std::fs::create_dir_all(folder).map_err(|e| IoError::from_io("make", folder, &e))?;
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|e| IoError::from_io("write", &path, &e))?;
    }
    Ok(())
}

/// A folder of this process that goes when the value does.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes a new, empty folder that nobody else can read.
    pub fn new(name: &str) -> Result<Self, IoError> {
        use std::os::unix::fs::DirBuilderExt as _;
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("{name}-{}-{number}", std::process::id()));
        std::fs::DirBuilder::new().mode(0o700).create(&path).map_err(|e| IoError::from_io("make", &path, &e))?;
        Ok(Scratch(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
