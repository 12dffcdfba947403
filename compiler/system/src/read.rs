//! Reading one file below a root: bounded, never through a link that leaves the root, with the meta of exactly what was read.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::sync::Arc;

use catalyst_source::TreePath;
use rustix::fs::{Mode, OFlags};

use crate::discover::Found;
use crate::error::plain;
use crate::meta::Meta;
use crate::root::Root;

/// One file's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileBytes {
    /// The text, without the byte order mark.
    pub text: Arc<str>,
    /// Whether there was a byte order mark.
    pub bom: bool,
    /// Taken from the opened file before its first byte was read: when somebody writes meanwhile, the file's own meta differs from this
    /// one, and a later run reads it again.
    pub meta: Meta,
}

/// Why a file has no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// There is nothing of this name.
    Missing,
    /// It was listed, and is gone.
    Vanished,
    /// The system does not allow it.
    Denied,
    /// It is a folder, a pipe, a socket or a device.
    NotRegular,
    /// A link leads out of the root.
    LeavesRoot,
    /// It holds more than the limit.
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// It is no UTF-8.
    NotUtf8 {
        /// The first byte that is wrong, counted from the start of the file.
        offset: usize,
        /// The line it stands in, from 1.
        line: usize,
    },
    /// Anything else, in the system's words.
    Io(String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Missing => f.write_str("there is no such file"),
            ReadError::Vanished => f.write_str("the file was removed while the compiler ran"),
            ReadError::Denied => f.write_str("reading it is not permitted"),
            ReadError::NotRegular => f.write_str("it is no regular file"),
            ReadError::LeavesRoot => f.write_str("a link leads out of the project"),
            ReadError::TooLarge { limit } => write!(f, "it is larger than {limit} bytes"),
            ReadError::NotUtf8 { line, .. } => write!(f, "it is not UTF-8: a byte of line {line} is wrong"),
            ReadError::Io(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for ReadError {}

/// Reads a text of at most `limit` bytes.
pub fn read(root: &Root, path: &TreePath, limit: u64) -> Result<FileBytes, ReadError> {
    let (bytes, meta) = read_bytes(root, path, limit)?;
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text,
        Err(error) => {
            let offset = error.valid_up_to();
            let line = 1 + bytes[..offset].iter().filter(|byte| **byte == b'\n').count();
            return Err(ReadError::NotUtf8 { offset, line });
        }
    };
    let (text, bom) = text.strip_prefix('\u{feff}').map_or((text, false), |rest| (rest, true));
    Ok(FileBytes { text: text.into(), bom, meta })
}

/// Reads a file that discovery listed: if it is gone, that is [`ReadError::Vanished`].
pub fn read_found(root: &Root, found: &Found, limit: u64) -> Result<FileBytes, ReadError> {
    read(root, &found.path, limit).map_err(|error| match error {
        ReadError::Missing => ReadError::Vanished,
        other => other,
    })
}

/// Reads at most `limit` bytes, whatever they are.
pub fn read_bytes(root: &Root, path: &TreePath, limit: u64) -> Result<(Vec<u8>, Meta), ReadError> {
    let file = open_below(root, path)?;
    let metadata = file.metadata().map_err(|e| from_io(&e))?;
    if !metadata.is_file() {
        return Err(ReadError::NotRegular);
    }
    let meta = Meta::of(&metadata);
    if meta.len > limit {
        return Err(ReadError::TooLarge { limit });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len).unwrap_or(0) + 1);
    // The file may grow while it is read, and files of /proc say length 0: the bound holds for what is read.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(|e| from_io(&e))?;
    if bytes.len() as u64 > limit {
        return Err(ReadError::TooLarge { limit });
    }
    Ok((bytes, meta))
}

/// Opening a pipe must not wait for a writer, opening a terminal must not adopt it.
const FLAGS: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

fn open_below(root: &Root, path: &TreePath) -> Result<File, ReadError> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::ResolveFlags;
        use rustix::io::Errno;
        // One system call in which the kernel itself refuses every way out of the root. It starts at the folder that is held open, so a
        // tree that is swapped meanwhile is read as one.
        let how = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        match rustix::fs::openat2(root.handle(), path.as_str(), FLAGS, Mode::empty(), how) {
            Ok(fd) => return Ok(File::from(fd)),
            Err(error)
                if [Errno::NOENT, Errno::NOTDIR, Errno::ACCESS, Errno::NXIO, Errno::IO].contains(&error) =>
            {
                return Err(from_io(&error.into()));
            }
            Err(_) => {}
        }
    }
    open_checked(root, path)
}

/// Older kernels, absolute links into the root, and links out of it: resolve, compare, then open what was resolved without following
/// anything.
pub(crate) fn open_checked(root: &Root, path: &TreePath) -> Result<File, ReadError> {
    let real = root.join(path).canonicalize().map_err(|e| from_io(&e))?;
    if !real.starts_with(root.path()) {
        return Err(ReadError::LeavesRoot);
    }
    let opened = rustix::fs::open(&real, FLAGS | OFlags::NOFOLLOW, Mode::empty());
    opened.map(File::from).map_err(|e| from_io(&e.into()))
}

fn from_io(error: &io::Error) -> ReadError {
    use io::ErrorKind;
    let sockets_say_so = rustix::io::Errno::NXIO.raw_os_error();
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => ReadError::Missing,
        ErrorKind::PermissionDenied => ReadError::Denied,
        ErrorKind::IsADirectory => ReadError::NotRegular,
        _ if error.raw_os_error() == Some(sockets_say_so) => ReadError::NotRegular,
        _ => ReadError::Io(plain(error)),
    }
}
