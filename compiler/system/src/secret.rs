//! Secrets: random numbers, files that nobody else may read, passwords from where nobody looks over the shoulder.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use crate::error::{IoError, IoErrorKind};
use crate::faults::Faults;
use crate::ops;

/// Longest password.
const LONGEST: u64 = 4096;

/// Random bytes of the system, fit for keys.
pub fn random<const N: usize>() -> Result<[u8; N], IoError> {
    let path = Path::new("/dev/urandom");
    let mut bytes = [0; N];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut bytes));
    read.map_err(|error| IoError::from_io("read", path, &error))?;
    Ok(bytes)
}

/// Makes a file that only its owner may read. One that is there is never written over.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), IoError> {
    let error = |error: std::io::Error| IoError::from_io("write", path, &error);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(error)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(error)
}

/// Makes a file that everybody may read. One that is there is never written over.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), IoError> {
    ops::write_new(&Faults::of_process(), path, bytes, true).map(drop)
}

/// Whether nobody but the owner of a file may read it.
pub fn is_private(path: &Path) -> Result<bool, IoError> {
    let metadata = path.metadata().map_err(|error| IoError::from_io("read", path, &error))?;
    Ok(metadata.mode() & 0o077 == 0)
}

/// The first line that comes from a file descriptor that this process was started with.
pub fn read_descriptor(number: u16) -> Result<Vec<u8>, IoError> {
    let path = format!("/dev/fd/{number}");
    let path = Path::new(&path);
    let file = File::open(path).map_err(|error| IoError::from_io("read", path, &error))?;
    first_line(file, path)
}

/// Asks on the terminal for a line that is not shown while it is typed.
pub fn read_hidden(question: &str) -> Result<Vec<u8>, IoError> {
    let path = Path::new("/dev/tty");
    let error = |error: std::io::Error| IoError::from_io("ask on", path, &error);
    let mut terminal = OpenOptions::new().read(true).write(true).open(path).map_err(error)?;
    let shown = tcgetattr(&terminal).map_err(|it| error(it.into()))?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    terminal.write_all(question.as_bytes()).map_err(error)?;
    tcsetattr(&terminal, OptionalActions::Flush, &hidden).map_err(|it| error(it.into()))?;
    let line = first_line(&terminal, path);
    // Whatever came, the terminal shows what is typed again.
    let restored = tcsetattr(&terminal, OptionalActions::Flush, &shown).map_err(|it| error(it.into()));
    terminal.write_all(b"\n").map_err(error)?;
    restored.and(line)
}

fn first_line(file: impl std::io::Read, path: &Path) -> Result<Vec<u8>, IoError> {
    let mut line = Vec::new();
    let read = BufReader::new(file.take(LONGEST + 1)).read_until(b'\n', &mut line);
    read.map_err(|error| IoError::from_io("read", path, &error))?;
    if line.len() as u64 > LONGEST {
        return Err(IoError::new("read", path, IoErrorKind::Other, "the password is too long"));
    }
    while matches!(line.last(), Some(b'\n' | b'\r')) {
        line.pop();
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Sandbox;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn private_files_are_private_and_never_written_over() {
        let sandbox = Sandbox::empty();
        let path = sandbox.at("key");
        write_private(&path, b"secret").unwrap();
        assert_eq!(is_private(&path), Ok(true));
        assert_eq!(write_private(&path, b"other").unwrap_err().kind, IoErrorKind::Exists);
        assert_eq!(std::fs::read(&path).unwrap(), b"secret");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(is_private(&path), Ok(false));
    }

    #[test]
    fn passwords_are_one_line() {
        let line = |text: &str| first_line(text.as_bytes(), Path::new("x"));
        assert_eq!(line("one\r\ntwo\n"), Ok(b"one".to_vec()));
        assert_eq!(line("no end"), Ok(b"no end".to_vec()));
        assert_eq!(line(""), Ok(Vec::new()));
        assert!(line(&"x".repeat(5000)).is_err());
    }

    #[test]
    fn random_bytes_differ() {
        assert_ne!(random::<32>().unwrap(), random::<32>().unwrap());
    }
}
