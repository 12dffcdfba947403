//! OCI artefacts as values: descriptors, manifests, indexes, the image layout.
//!
//! What came from elsewhere keeps its bytes: it is parsed to be looked at, and never written again from the parsed value.

mod descriptor;
mod error;
mod index;
mod layout;
mod manifest;
pub mod media;
mod read;
#[cfg(test)]
mod tests;

pub use descriptor::Descriptor;
pub use error::OciError;
pub use index::Index;
pub use layout::{BLOBS, Content, INDEX_FILE, LAYOUT_FILE, LAYOUT_TEXT, Layout, Stretch, blob_path};
pub use manifest::{Manifest, empty_config};

/// Largest manifest or index that is read.
pub const LARGEST_MANIFEST: u64 = 4 << 20;

/// Most entries of an index, and most layers of a manifest.
pub const MOST_ENTRIES: usize = 10_000;

/// The annotation that gives an entry of an index its name.
pub const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// When the artefact was made. Never the clock: see [`EPOCH`].
pub const CREATED: &str = "org.opencontainers.image.created";
/// The time of everything that has none.
pub const EPOCH: &str = "1970-01-01T00:00:00Z";
