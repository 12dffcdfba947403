//! Archives, digests and OCI artefacts as values, and what a Sovereign's bundle consists of.
//!
//! Bytes in, bytes out: no files, no network, no clock, no threads. What is written is the same everywhere; what is read is hostile until
//! every byte of it has been accounted for.
//!
//! - [`archive`]: the tar and gzip writer whose bytes are part of the product, and the reader of foreign archives with limits.
//! - [`oci`]: descriptors, manifests, indexes and the image layout.
//! - [`blueprint`]: a Blueprint as an artefact that Helm and Flux read.
//! - [`release`]: everything one Sovereign needs, as one layout.
//! - [`json`]: the canonical writer and the strict reader that both rest on.

pub mod archive;
pub mod blueprint;
mod digest;
pub mod json;
pub mod oci;
pub mod release;

pub use digest::{Digest, DigestError, Digester};
