//! Content that is too large to be held: read from a part of a file, and written piece by piece.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek as _, SeekFrom, Take, Write as _};
use std::path::{Path, PathBuf};

use crate::error::{IoError, IoErrorKind};
use crate::faults::Faults;
use crate::ops;

/// Bytes that are read or written at once.
const PIECE: usize = 256 << 10;

/// A part of a regular file that is being read.
#[derive(Debug)]
pub struct Part {
    input: BufReader<Take<File>>,
    path: PathBuf,
    size: u64,
}

impl Part {
    /// Opens a file from one byte on, for at most so many bytes.
    pub fn open(path: &Path, start: u64, most: u64) -> Result<Part, IoError> {
        let error = |e: io::Error| IoError::from_io("read", path, &e);
        let mut file = File::open(path).map_err(error)?;
        let metadata = file.metadata().map_err(error)?;
        if !metadata.is_file() {
            return Err(IoError::new("read", path, IoErrorKind::WrongType, "it is no regular file"));
        }
        if start > 0 {
            file.seek(SeekFrom::Start(start)).map_err(error)?;
        }
        let size = metadata.len().saturating_sub(start).min(most);
        let input = BufReader::with_capacity(PIECE, file.take(most));
        Ok(Part { input, path: path.to_path_buf(), size })
    }

    /// How many bytes it had when it was opened.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The next bytes, at most as many as there is room for; 0 at the end.
    pub fn piece(&mut self, buffer: &mut [u8]) -> Result<usize, IoError> {
        loop {
            match self.input.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other.map_err(|error| self.error(&error)),
            }
        }
    }

    /// What went wrong while others read from it.
    pub fn error(&self, error: &io::Error) -> IoError {
        IoError::from_io("read", &self.path, error)
    }
}

impl Read for Part {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.input.read(buffer)
    }
}

/// A file that is being written.
#[derive(Debug)]
pub struct Sink<'a> {
    output: BufWriter<File>,
    path: &'a Path,
    faults: &'a Faults,
}

impl<'a> Sink<'a> {
    /// Makes a file that must not exist yet.
    pub(crate) fn make(faults: &'a Faults, path: &'a Path) -> Result<Sink<'a>, IoError> {
        let output = BufWriter::with_capacity(PIECE, ops::make_file(faults, path)?);
        Ok(Sink { output, path, faults })
    }

    /// Adds bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), IoError> {
        let Sink { output, path, faults } = self;
        ops::step(faults, "write", path, || output.write_all(bytes))
    }

    /// Nothing more comes.
    pub(crate) fn finish(self, sync: bool) -> Result<(), IoError> {
        let Sink { mut output, path, faults } = self;
        ops::step(faults, "write", path, || {
            output.flush()?;
            if sync { output.get_ref().sync_all() } else { Ok(()) }
        })
    }
}
