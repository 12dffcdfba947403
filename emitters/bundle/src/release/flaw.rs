//! What is wrong with a layout that should be a release.

use crate::Digest;
use crate::archive::ArchiveError;
use crate::oci::OciError;
use std::fmt;

/// The reason for which a layout is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// It is an archive, and not as `catalystc bundle` writes one.
    Archive(ArchiveError),
    /// The archive has other headers than `catalystc bundle` writes.
    ArchiveForm,
    /// It has more bytes than are read.
    TooLarge,
    /// It is no image layout of version 1.0.0.
    NotALayout,
    /// A file stands in it that no layout has.
    ForeignFile(String),
    /// A blob has other bytes than its name says.
    BlobDigest(Digest),
    /// A blob that something names is not there.
    BlobMissing(Digest),
    /// A blob has another size than what names it says.
    BlobSize(Digest),
    /// A blob is there that nothing names.
    BlobForeign(Digest),
    /// A manifest or index is not accepted.
    Document(Digest, OciError),
    /// The index of the layout is not accepted.
    LayoutIndex(OciError),
    /// The layout does not list a release first.
    NoRelease,
    /// An annotation of the release index is missing, wrong or unknown.
    Header(&'static str),
    /// An artefact has no name or target, or those of another.
    Name(Digest),
    /// The release index lists something that is neither manifest nor index, or nests indexes too deeply.
    Entry(Digest),
    /// Something beside the release is neither a signature nor an attestation of it.
    Attachment(Digest),
    /// There are more signatures and attestations than are read.
    TooManyAttachments,
    /// Its indexes and manifests name more than is followed.
    TooManyParts,
    /// The document of a release of this name cannot be read.
    Malformed(&'static str),
    /// The index of the layout says something else than its content.
    IndexForm,
    /// It leaves out what an earlier release has, and that release is not at hand.
    NeedsBase(Digest),
    /// The release at hand is not the one that it leaves things out of.
    OtherBase,
}

impl Flaw {
    /// The reason as a word, for programs.
    pub fn as_str(&self) -> &'static str {
        match self {
            Flaw::Archive(error) => error.refusal.as_str(),
            Flaw::ArchiveForm => "archive-form",
            Flaw::TooLarge => "too-large",
            Flaw::NotALayout => "not-a-layout",
            Flaw::ForeignFile(_) => "foreign-file",
            Flaw::BlobDigest(_) => "blob-digest",
            Flaw::BlobMissing(_) => "blob-missing",
            Flaw::BlobSize(_) => "blob-size",
            Flaw::BlobForeign(_) => "blob-foreign",
            Flaw::Document(..) => "document",
            Flaw::LayoutIndex(_) => "layout-index",
            Flaw::NoRelease => "no-release",
            Flaw::Header(_) => "header",
            Flaw::Name(_) => "name",
            Flaw::Entry(_) => "entry",
            Flaw::Attachment(_) => "attachment",
            Flaw::TooManyAttachments => "too-many-attachments",
            Flaw::TooManyParts => "too-many-parts",
            Flaw::Malformed(_) => "malformed-document",
            Flaw::IndexForm => "index-form",
            Flaw::NeedsBase(_) => "needs-base",
            Flaw::OtherBase => "other-base",
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Flaw::Archive(error) => write!(f, "the archive is refused: {error}"),
            Flaw::ArchiveForm => f.write_str("the archive is not as `catalystc bundle` writes one"),
            Flaw::TooLarge => f.write_str("it is larger than what is read"),
            Flaw::NotALayout => f.write_str("it is no OCI image layout"),
            Flaw::ForeignFile(path) => write!(f, "file `{}` does not belong there", path.escape_debug()),
            Flaw::BlobDigest(digest) => write!(f, "the content of blob {digest} has another digest"),
            Flaw::BlobMissing(digest) => write!(f, "blob {digest} is missing"),
            Flaw::BlobSize(digest) => write!(f, "blob {digest} has another size than is stated"),
            Flaw::BlobForeign(digest) => write!(f, "blob {digest} is no part of the release"),
            Flaw::Document(digest, error) => write!(f, "{digest}: {error}"),
            Flaw::LayoutIndex(error) => write!(f, "`index.json`: {error}"),
            Flaw::NoRelease => f.write_str("`index.json` does not list a release first"),
            Flaw::Header(name) => {
                write!(f, "annotation `{name}` of the release is missing, wrong or unknown")
            }
            Flaw::Name(digest) => write!(f, "artefact {digest} has no name of its own"),
            Flaw::Entry(digest) => write!(f, "{digest} is neither an artefact nor an index of artefacts"),
            Flaw::Attachment(digest) => {
                write!(f, "{digest} is neither a signature nor an attestation of the release")
            }
            Flaw::TooManyAttachments => f.write_str("it has too many signatures and attestations"),
            Flaw::TooManyParts => f.write_str("its indexes and manifests name more than is followed"),
            Flaw::Malformed(name) => write!(f, "`{name}` is not what its name says"),
            Flaw::IndexForm => f.write_str("`index.json` says something else than what is there"),
            Flaw::NeedsBase(digest) => {
                write!(f, "it only holds what changed since release {digest}, which is not at hand")
            }
            Flaw::OtherBase => f.write_str("the base at hand is not the release that it builds on"),
        }
    }
}

impl std::error::Error for Flaw {}

impl From<ArchiveError> for Flaw {
    fn from(error: ArchiveError) -> Self {
        Flaw::Archive(error)
    }
}
