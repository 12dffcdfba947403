//! Blobs on their way between registries and files. What is small is held; the rest is kept in a [`Spool`], piece by piece, and is sent from
//! files in the same way.

use super::MoveError;
use catalyst_bundle::oci::{Descriptor, LARGEST_MANIFEST, Stretch};
use catalyst_bundle::{Digest, Digester};
use catalyst_registry::{Client, Keep, OciRepository, Supply};
use catalyst_system::{Part, Spool, Spooled};
use std::path::Path;
use std::sync::Arc;

/// Bytes that are read at once.
const PIECE: usize = 256 << 10;

/// A blob that was fetched.
pub(super) enum Blob {
    /// It is here.
    Held(Arc<[u8]>),
    /// It is in a file.
    Far(Stretch),
}

/// Fetches a blob, checked against its descriptor. What may be a document is held; what an earlier run has kept is not fetched again.
pub(super) fn fetch(
    client: &Client,
    repository: &OciRepository,
    blob: &Descriptor,
    spool: &Spool,
) -> Result<Blob, MoveError> {
    if blob.size <= LARGEST_MANIFEST {
        return Ok(Blob::Held(client.blob(repository, blob)?.into()));
    }
    let name = blob.digest.hex();
    let kept = spool.path(&name);
    let stretch = |file| Stretch { file, start: 0, size: blob.size };
    if is_whole(&kept, blob) {
        return Ok(Blob::Far(stretch(kept)));
    }
    let mut file = KeptFile(spool.begin(&name)?);
    client.blob_into(repository, blob, &mut file)?;
    Ok(Blob::Far(stretch(file.0.finish()?)))
}

fn is_whole(file: &Path, blob: &Descriptor) -> bool {
    let Ok(mut input) = Part::open(file, 0, u64::MAX) else { return false };
    let mut digester = Digester::default();
    let mut buffer = vec![0; PIECE];
    while input.size() == blob.size {
        match input.piece(&mut buffer) {
            Ok(0) => return digester.finish() == blob.digest,
            Ok(got) => digester.update(&buffer[..got]),
            Err(_) => return false,
        }
    }
    false
}

struct KeptFile(Spooled);

impl Keep for KeptFile {
    fn put(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.0.put(bytes).map_err(|error| error.to_string())
    }

    fn clear(&mut self) -> Result<(), String> {
        self.0.restart().map_err(|error| error.to_string())
    }
}

/// A part of a file that is sent.
struct SentFile<'a>(&'a Stretch);

impl Supply for SentFile<'_> {
    fn size(&self) -> u64 {
        self.0.size
    }

    fn read(&self, at: u64, piece: &mut [u8]) -> Result<(), String> {
        let opened = Part::open(&self.0.file, self.0.start + at, piece.len() as u64);
        let mut input = opened.map_err(|error| error.to_string())?;
        let mut read = 0;
        while read < piece.len() {
            match input.piece(&mut piece[read..]).map_err(|error| error.to_string())? {
                0 => return Err(format!("{} has become shorter", self.0.file.display())),
                got => read += got,
            }
        }
        Ok(())
    }
}

/// Sends a blob that stands in a file.
pub(super) fn send_file(
    client: &Client,
    to: &OciRepository,
    digest: &Digest,
    from: &Stretch,
) -> Result<(), MoveError> {
    Ok(client.send_blob(to, digest, &SentFile(from))?)
}
