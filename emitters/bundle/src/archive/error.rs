//! Why an archive was refused.

use std::fmt;

/// A refused archive: the reason, and the entry if it is one entry's fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveError {
    /// The reason.
    pub refusal: Refusal,
    /// The entry, as the archive names it; unprintable characters are escaped.
    pub entry: Option<String>,
}

/// The reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// It does not start as gzip does, or its header is out of order.
    NotGzip,
    /// Its compressed data, length or checksum is wrong.
    CorruptGzip,
    /// It ends early.
    Truncated,
    /// Something stands behind the end.
    TrailingData,
    /// A tar header is out of order.
    BadHeader,
    /// An extended header is out of order, or says something else than the header.
    BadExtension,
    /// The name leaves the folder: absolute, or with `..`.
    LeavesFolder,
    /// The name is not one that every system reads alike.
    BadName,
    /// It is a symbolic or hard link.
    Link,
    /// It is a device, a pipe, a sparse file or something else that is no file or folder.
    SpecialFile,
    /// It would run with another's rights.
    SetUserId,
    /// Two entries are one file, or would be where case does not count.
    Duplicate,
    /// It is a file here and a folder there.
    FileAsFolder,
    /// It unpacks to more than is allowed in all.
    TooLarge,
    /// It unpacks to much more than it holds.
    Bomb,
    /// One file is larger than is allowed.
    FileTooLarge,
    /// There are more entries than are allowed.
    TooManyEntries,
    /// It stands below more folders than are allowed.
    TooDeep,
}

impl Refusal {
    /// The refusal of the archive as a whole.
    pub(super) fn whole(self) -> ArchiveError {
        ArchiveError { refusal: self, entry: None }
    }

    /// The refusal of an entry.
    pub(super) fn of(self, name: &[u8]) -> ArchiveError {
        let name = &name[..name.len().min(200)];
        ArchiveError { refusal: self, entry: Some(name.escape_ascii().to_string()) }
    }

    /// The reason as a word, for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Refusal::NotGzip => "not-gzip",
            Refusal::CorruptGzip => "corrupt-gzip",
            Refusal::Truncated => "truncated",
            Refusal::TrailingData => "trailing-data",
            Refusal::BadHeader => "bad-header",
            Refusal::BadExtension => "bad-extension",
            Refusal::LeavesFolder => "leaves-folder",
            Refusal::BadName => "bad-name",
            Refusal::Link => "link",
            Refusal::SpecialFile => "special-file",
            Refusal::SetUserId => "set-user-id",
            Refusal::Duplicate => "duplicate",
            Refusal::FileAsFolder => "file-as-folder",
            Refusal::TooLarge => "too-large",
            Refusal::Bomb => "bomb",
            Refusal::FileTooLarge => "file-too-large",
            Refusal::TooManyEntries => "too-many-entries",
            Refusal::TooDeep => "too-deep",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::NotGzip => "it is no gzip file",
            Refusal::CorruptGzip => "its compressed data is corrupt",
            Refusal::Truncated => "it ends early",
            Refusal::TrailingData => "something stands behind its end",
            Refusal::BadHeader => "a header is out of order",
            Refusal::BadExtension => "an extended header is out of order, or contradicts the header",
            Refusal::LeavesFolder => "the name leads out of the folder",
            Refusal::BadName => "the name is not one that every system reads alike",
            Refusal::Link => "it is a link",
            Refusal::SpecialFile => "it is neither a file nor a folder",
            Refusal::SetUserId => "it would run with the rights of its owner",
            Refusal::Duplicate => "another entry has this name, or one that differs in case only",
            Refusal::FileAsFolder => "it is a file and a folder at once",
            Refusal::TooLarge => "it unpacks to more than is allowed",
            Refusal::Bomb => "it unpacks to far more than it holds",
            Refusal::FileTooLarge => "the file is larger than is allowed",
            Refusal::TooManyEntries => "it has more entries than are allowed",
            Refusal::TooDeep => "it stands below more folders than are allowed",
        })
    }
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.entry {
            Some(entry) => write!(f, "entry `{entry}`: {}", self.refusal),
            None => fmt::Display::fmt(&self.refusal, f),
        }
    }
}

impl std::error::Error for ArchiveError {}
