//! A release: everything one Sovereign needs, named by the digest of one index.
//!
//! The release index lists the artefacts, and its annotations say whom it is for and how it follows on earlier ones ([`Header`]). Its digest
//! covers every byte, by the digests in it. What is *about* the release, such as signatures, stands beside it in the layout and points at it,
//! so that it can be added and taken away without another digest.
//!
//! [`assemble()`] makes one, [`Release::read`] takes one apart again and accepts no byte that it cannot account for.

mod assemble;
mod closure;
mod files;
mod flaw;
mod flux;
mod header;
mod mirror;
mod provenance;
mod read;
mod sbom;
#[cfg(test)]
mod tests;

pub use assemble::{Artifact, Blueprint, Carried, Contents, assemble};
pub use closure::{Closure, Judged, Need};
pub use files::{ReadFailure, Taken, layout_tar, read_layout, read_layout_tar, take};
pub use flaw::Flaw;
pub use flux::AssembleError;
pub use header::{Header, rfc3339};
pub use mirror::{mirror_repository, mirror_target, published_as};
pub use provenance::Origin;
pub use read::{Attached, Item, Release, restore, with_attached, without_base};

/// The artefact type of a release index.
pub const RELEASE: &str = "application/vnd.catalyst.release.v1+json";
/// The artefact type of a Blueprint's own folder.
pub const BLUEPRINT: &str = "application/vnd.catalyst.blueprint.v1+json";
/// The list of charts and images that a release needs.
pub const CLOSURE: &str = "application/vnd.catalyst.closure.v1+json";
/// A software bill of materials.
pub const SBOM: &str = "application/vnd.cyclonedx+json";
/// An in-toto statement without signature.
pub const STATEMENT: &str = "application/vnd.in-toto+json";

/// The name of the bill of materials in a release.
pub const BILL: &str = "sbom.cdx.json";
/// The name of the statement about where a release comes from.
pub const PROVENANCE: &str = "provenance.json";
/// Highest number of a release: far from the end of what programs can count.
pub const HIGHEST: u64 = 1 << 40;

/// Where an artefact goes: `repository:tag` below the registry of the Sovereign.
pub const TARGET: &str = "dev.catalyst.target";
/// The release whose blobs a delta leaves out; stands on the layout's index.
pub const BASE: &str = "dev.catalyst.base";

/// Largest layout that is read.
pub const LARGEST_LAYOUT: usize = 2 << 30;
