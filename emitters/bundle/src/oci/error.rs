//! Why something is no OCI document that is accepted.

use crate::DigestError;
use crate::json::JsonError;
use std::fmt;

/// The reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OciError {
    /// It is no JSON that all readers read alike.
    Json(JsonError),
    /// A field is missing or has another type than it should.
    Field(&'static str),
    /// A digest is not accepted.
    Digest(DigestError),
    /// It says it is of another type than it was taken for.
    MediaType {
        /// The type it was taken for.
        wanted: String,
        /// The type it says.
        found: String,
    },
    /// It is a manifest and an index at once.
    Ambiguous,
    /// Its content stands somewhere else, or in the descriptor itself.
    Foreign(&'static str),
    /// It has more entries than are read.
    TooManyEntries,
    /// It is larger than what is read.
    TooLarge,
}

impl fmt::Display for OciError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OciError::Json(error) => write!(f, "it is no JSON that is accepted: {error}"),
            OciError::Field(name) => write!(f, "field `{name}` is missing or wrong"),
            OciError::Digest(error) => fmt::Display::fmt(error, f),
            OciError::MediaType { wanted, found } => write!(f, "it is `{found}`, not `{wanted}`"),
            OciError::Ambiguous => f.write_str("it is a manifest and an index at once"),
            OciError::Foreign(field) => {
                write!(f, "a descriptor has `{field}`: content must be a blob of its own")
            }
            OciError::TooManyEntries => f.write_str("it has too many entries"),
            OciError::TooLarge => f.write_str("it is too large"),
        }
    }
}

impl std::error::Error for OciError {}
