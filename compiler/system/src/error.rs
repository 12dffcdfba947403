//! Errors of operations that change something, said so that a user can act on them.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// An operation that did not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IoError {
    /// What was tried, as it reads after "can't": `write`, `make the folder`.
    pub action: &'static str,
    /// On what.
    pub path: PathBuf,
    /// Which class of trouble it is.
    pub kind: IoErrorKind,
    /// What the system says, or what this crate found.
    pub text: String,
}

/// Classes of trouble that a caller can tell apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IoErrorKind {
    /// The disk or the quota is full.
    NoSpace,
    /// The system does not allow it.
    Denied,
    /// The file system is mounted read-only.
    ReadOnly,
    /// There is nothing of this name.
    Missing,
    /// There is something of this name already.
    Exists,
    /// A folder was expected, or a file was.
    WrongType,
    /// Another run holds the destination.
    Locked {
        /// Its process, when it could be read.
        pid: Option<u32>,
        /// Its command line, when it could be read.
        command: Option<String>,
    },
    /// The destination is a mount point, which cannot be swapped.
    MountPoint,
    /// Files that nobody emitted stand where the new tree has its own.
    InTheWay(Vec<String>),
    /// The path leads out of the tree through a link.
    LeavesTree,
    /// Doing this would destroy something else than an output tree.
    Refused,
    /// The work was cancelled.
    Cancelled,
    /// The device failed.
    Device,
    /// Anything else.
    Other,
}

impl IoError {
    pub(crate) fn new(action: &'static str, path: &Path, kind: IoErrorKind, text: impl Into<String>) -> Self {
        IoError { action, path: path.to_path_buf(), kind, text: text.into() }
    }

    pub(crate) fn from_io(action: &'static str, path: &Path, error: &io::Error) -> Self {
        IoError::new(action, path, classify(error), plain(error))
    }

    pub fn cancelled(action: &'static str, path: &Path) -> Self {
        IoError::new(action, path, IoErrorKind::Cancelled, "cancelled")
    }

    /// What the user can do about it.
    pub fn help(&self) -> Option<String> {
        let text = match &self.kind {
            IoErrorKind::NoSpace => "free some space; the previous output is untouched".to_owned(),
            IoErrorKind::Denied => "check the owner and the permissions of the folder".to_owned(),
            IoErrorKind::ReadOnly => "choose a folder on a writable file system".to_owned(),
            IoErrorKind::Locked { pid: Some(pid), .. } => {
                format!("wait for process {pid} to end, or choose another output folder")
            }
            IoErrorKind::Locked { pid: None, .. } => {
                "wait for it to end, or choose another output folder".to_owned()
            }
            IoErrorKind::MountPoint => {
                "choose a folder below the mount point, so that it can be swapped whole".to_owned()
            }
            IoErrorKind::InTheWay(_) => "move these files away, or allow them to be replaced".to_owned(),
            IoErrorKind::Refused => "choose a folder of its own for the output".to_owned(),
            IoErrorKind::Device => "check the disk; the previous output is untouched".to_owned(),
            _ => return None,
        };
        Some(text)
    }
}

impl fmt::Display for IoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "can't {} `{}`: {}", self.action, self.path.display(), self.text)
    }
}

impl std::error::Error for IoError {}

fn classify(error: &io::Error) -> IoErrorKind {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => IoErrorKind::NoSpace,
        io::ErrorKind::PermissionDenied => IoErrorKind::Denied,
        io::ErrorKind::ReadOnlyFilesystem => IoErrorKind::ReadOnly,
        io::ErrorKind::NotFound => IoErrorKind::Missing,
        io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => IoErrorKind::Exists,
        io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => IoErrorKind::WrongType,
        io::ErrorKind::ResourceBusy => IoErrorKind::MountPoint,
        _ if error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => IoErrorKind::Device,
        _ => IoErrorKind::Other,
    }
}

/// The system's message, in lower case and without the number that std adds: it reads on inside a sentence.
pub(crate) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if chars.clone().next().is_some_and(char::is_lowercase) => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}
