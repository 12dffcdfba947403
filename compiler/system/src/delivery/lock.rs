//! One build at a time in one destination.
//!
//! The lock is the kernel's (`flock`) on a file beside the destination, so it ends with its process however that ends, and neither a reused
//! process number nor another container's numbering can fool it. The file's content only tells the next one who is at work.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crate::error::{IoError, IoErrorKind};
use crate::faults::Faults;
use crate::meta::FileId;
use crate::ops;

#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    /// `None` on file systems that know no locks.
    file: Option<File>,
    faults: Faults,
}

const ACTION: &str = "lock the output folder";

impl Lock {
    /// Takes the lock or says who has it. Never waits.
    pub(super) fn acquire(dest: &Path, faults: &Faults) -> Result<Lock, IoError> {
        let path = super::swap::sibling(dest, "lock");
        loop {
            faults.step().map_err(|e| IoError::from_io(ACTION, dest, &e))?;
            let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
            let mut file = opened.map_err(|e| IoError::from_io(ACTION, dest, &e))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(held(dest, &mut file)),
                // Without locks two builds each have their own new tree, and the last one wins whole.
                Err(TryLockError::Error(_)) => return Ok(Lock { path, file: None, faults: faults.clone() }),
            }
            // The holder removes the file before it unlocks. Who opened it earlier has locked a file without a name: start again.
            let own = file.metadata().map_err(|e| IoError::from_io(ACTION, dest, &e))?;
            if path.symlink_metadata().is_ok_and(|there| FileId::of(&there) == FileId::of(&own)) {
                let lock = Lock { path, file: Some(file), faults: faults.clone() };
                return lock.sign().map(|()| lock).map_err(|e| IoError::from_io(ACTION, dest, &e));
            }
        }
    }

    /// Whether nobody else can be at work here.
    pub(super) fn is_exclusive(&self) -> bool {
        self.file.is_some()
    }

    fn sign(&self) -> std::io::Result<()> {
        let Some(mut file) = self.file.as_ref() else { return Ok(()) };
        let command: Vec<String> =
            std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect();
        let command = command.join(" ").escape_debug().to_string();
        self.faults.step()?;
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}\n{command}", std::process::id())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            // When this fails the file stays, unlocked: the next build takes it over.
            let _ = ops::remove_file(&self.faults, &self.path);
            // Not left to the closing: a program that is just being started may hold a copy of the open file for a moment.
            let _ = file.unlock();
        }
    }
}

fn held(dest: &Path, file: &mut File) -> IoError {
    let mut text = String::new();
    // The holder may be about to sign: then it stays unnamed.
    let _ = file.take(4096).read_to_string(&mut text);
    let mut lines = text.lines();
    let pid: Option<u32> = lines.next().and_then(|line| line.parse().ok());
    let command = lines.next().filter(|line| !line.is_empty()).map(str::to_owned);
    let who = match (pid, &command) {
        (Some(pid), Some(command)) => format!("process {pid} (`{command}`) is writing it"),
        (Some(pid), None) => format!("process {pid} is writing it"),
        (None, _) => "another process is writing it".to_owned(),
    };
    IoError::new(ACTION, dest, IoErrorKind::Locked { pid, command }, who)
}
