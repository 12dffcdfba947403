//! Content that is on its way: kept in files until it is used, since it may be larger than memory.

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crate::error::{IoError, IoErrorKind};
use crate::extra::Scratch;
use crate::faults::Faults;
use crate::ops;

/// A folder with a file for each content that is whole, under a name that says which it is.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    scratch: Option<Scratch>,
}

/// Content that comes.
#[derive(Debug)]
pub struct Spooled {
    file: File,
    part: PathBuf,
    path: PathBuf,
    faults: Faults,
}

impl Spool {
    /// A folder that goes when the value does.
    pub fn new(name: &str) -> Result<Spool, IoError> {
        let scratch = Scratch::new(name)?;
        Ok(Spool { folder: scratch.path().to_path_buf(), scratch: Some(scratch) })
    }

    /// The folder beside a file or folder that is to be made, on the same disk: its name with `.part` behind. What is whole stays there for a
    /// later run, until [`Spool::clear`].
    pub fn beside(path: &Path) -> Spool {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        Spool { folder: path.with_file_name(name), scratch: None }
    }

    /// Where content of this name is when it is whole.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Whether something is kept here.
    pub fn is_empty(&self) -> bool {
        std::fs::read_dir(&self.folder).map_or(true, |mut it| it.next().is_none())
    }

    /// Begins content. What an earlier run has left of it is lost.
    pub fn begin(&self, name: &str) -> Result<Spooled, IoError> {
        let faults = Faults::of_process();
        ops::make_folders(&faults, &self.folder)?;
        if self.folder.symlink_metadata().is_ok_and(|it| it.is_symlink()) {
            return Err(IoError::new("write to", &self.folder, IoErrorKind::WrongType, "it is a link"));
        }
        let part = self.path(&format!("{name}.part"));
        if part.symlink_metadata().is_ok() {
            ops::remove_file(&faults, &part)?;
        }
        let file = ops::make_file(&faults, &part)?;
        Ok(Spooled { file, part, path: self.path(name), faults })
    }

    /// Removes all that is kept.
    pub fn clear(self) {
        if self.scratch.is_none() && self.folder.symlink_metadata().is_ok_and(|it| it.is_dir()) {
            // What cannot be removed takes up room, and does no other harm.
            drop(std::fs::remove_dir_all(&self.folder));
        }
    }
}

impl Spooled {
    /// Keeps more of it.
    pub fn put(&mut self, bytes: &[u8]) -> Result<(), IoError> {
        let Spooled { file, part, faults, .. } = self;
        ops::step(faults, "write", part, || file.write_all(bytes))
    }

    /// Forgets what came: it comes anew.
    pub fn restart(&mut self) -> Result<(), IoError> {
        let Spooled { file, part, faults, .. } = self;
        ops::step(faults, "write", part, || {
            file.set_len(0)?;
            file.rewind()
        })
    }

    /// It is whole. Gives where it is.
    pub fn finish(self) -> Result<PathBuf, IoError> {
        ops::rename(&self.faults, &self.part, &self.path)?;
        Ok(self.path)
    }
}
