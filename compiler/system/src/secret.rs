//! Secrets: random numbers, files that nobody else may read, passwords from where nobody looks over the shoulder.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};

use crate::error::{IoError, IoErrorKind};
use crate::faults::Faults;
use crate::ops;

/// Ctrl-C as a key.
const INTERRUPT: u8 = 3;
/// Ctrl-D as a key.
const END: u8 = 4;
/// Ctrl-U as a key.
const CLEAR: u8 = 21;
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
    // Keys come one by one, and Ctrl-C as a key: were it a signal, a second one would end this process and leave a terminal that shows
    // nothing.
    hidden.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
    hidden.special_codes[SpecialCodeIndex::VMIN] = 1;
    hidden.special_codes[SpecialCodeIndex::VTIME] = 0;
    // Hidden first: who sees the question may type at once, and nothing of it is shown or lost.
    tcsetattr(&terminal, OptionalActions::Flush, &hidden).map_err(|it| error(it.into()))?;
    let asked = terminal.write_all(question.as_bytes()).map_err(error);
    let line = asked.and_then(|()| typed_line(&terminal, path));
    // Whatever came, the terminal shows what is typed again.
    let restored = tcsetattr(&terminal, OptionalActions::Flush, &shown).map_err(|it| error(it.into()));
    terminal.write_all(b"\n").map_err(error)?;
    restored.and(line)
}

/// A line that somebody types, key by key.
fn typed_line(file: impl std::io::Read, path: &Path) -> Result<Vec<u8>, IoError> {
    let mut line = Vec::new();
    for key in BufReader::new(file).bytes() {
        match key.map_err(|error| IoError::from_io("read", path, &error))? {
            INTERRUPT => return Err(IoError::cancelled("read", path)),
            b'\n' | b'\r' | END => break,
            0x08 | 0x7f => {
                // A character may be several bytes, all but the first of which begin with the bits 10.
                while line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
            }
            CLEAR => line.clear(),
            byte if (line.len() as u64) < LONGEST => line.push(byte),
            _ => return Err(IoError::new("read", path, IoErrorKind::Other, "the password is too long")),
        }
    }
    Ok(line)
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
    fn keys_are_taken_one_by_one() {
        let typed = |keys: &[u8]| typed_line(keys, Path::new("x"));
        assert_eq!(typed(b"one\rtwo"), Ok(b"one".to_vec()));
        assert_eq!(typed(b"one\x04two"), Ok(b"one".to_vec()));
        assert_eq!(typed("a\u{fc}\x7fb\n".as_bytes()), Ok(b"ab".to_vec()));
        assert_eq!(typed(b"\x7fwrong\x15right\n"), Ok(b"right".to_vec()));
        assert_eq!(typed(b"one\x03").unwrap_err().kind, IoErrorKind::Cancelled);
        assert!(typed(&[b'x'; 5000]).is_err());
    }

    #[test]
    fn random_bytes_differ() {
        assert_ne!(random::<32>().unwrap(), random::<32>().unwrap());
    }
}
